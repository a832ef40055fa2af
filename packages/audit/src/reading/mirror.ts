import type { AuditEntry, JsonObject } from '../types.js'

/** One line of the readable mirror of what agents did: `.loki/logs/agent-audit.jsonl`. */
export interface AgentAction {
  readonly timestamp: string
  /** What happened, as the entry names it: `action.decided`. */
  readonly action: string
  /** The agent's own name where the entry has one, else the principal without `agent:`. */
  readonly agent: string
  /** Everything else that the entry says, with its `seq` to find it by. */
  readonly details: JsonObject
}

/** The mirror's view of an entry; undefined for what no agent did. The mirror proves nothing: the log does. */
export function agentActionOf(entry: AuditEntry): AgentAction | undefined {
  const { seq, timestamp, who, what, where, why, metadata } = entry
  if (!who.startsWith('agent:')) return undefined
  const named = metadata?.agent
  return {
    timestamp,
    action: what,
    agent: typeof named === 'string' && named !== '' ? named : who.slice('agent:'.length),
    details: { ...metadata, seq, who, where, why },
  }
}
