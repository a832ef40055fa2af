import type { AuditEntry } from '../types.js'
import { agentFieldsOf } from './agent-fields.js'

/** The fields of an agent without nesting, under names of the log, for formats of others. */
export interface AgentColumns {
  readonly task_id?: string | undefined
  readonly phase?: string | undefined
  readonly agent?: string | undefined
  readonly swarm?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly tokens_in?: number | undefined
  readonly tokens_out?: number | undefined
  readonly result?: string | undefined
  /** Their kinds. */
  readonly findings?: readonly string[] | undefined
}

/** What a rendering says of an agent’s work; `durationMs` stands apart, since each format has a place and a unit for it. */
export function columnsOf(entry: AuditEntry): {
  readonly durationMs: number | undefined
  readonly columns: AgentColumns
} {
  const { durationMs, taskId, tokens, findings, phase, agent, swarm, provider, model, result } = agentFieldsOf(entry)
  return {
    durationMs,
    columns: {
      task_id: taskId,
      phase,
      agent,
      swarm,
      provider,
      model,
      tokens_in: tokens?.in,
      tokens_out: tokens?.out,
      result,
      findings: findings?.map(({ kind }) => kind),
    },
  }
}
