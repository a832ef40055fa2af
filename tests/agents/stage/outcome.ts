import type { Asked, HookHost } from './hook-input.js'

/** How a hook ended and what it printed. */
export interface HookRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * What a host does then: it is told no in its own words, it stops at an exit 2 with a text or at any failure, its plugin
 * throws, or it goes on.
 */
export type Outcome = 'denied' | 'exit 2' | 'fails closed' | 'throws' | 'goes on'

/** What was seen of the hosts in runs; of Cursor, what its reference says. */
export function outcomeOf(host: HookHost, asked: Asked, run: HookRun): Outcome {
  const answer = objectIn(run.stdout)
  if (host === 'opencode') return says(answer.thrown) ? 'throws' : says(answer.replaced) ? 'denied' : 'goes on'
  if (run.code === 0) {
    if (answer !== nothing && isDenial(host, asked, answer)) return 'denied'
    return host === 'cursor' && asked !== 'output' && answer === nothing ? 'fails closed' : 'goes on'
  }
  if (run.code === 2 && run.stderr.trim() !== '' && stopsAtExit2(host, asked)) return 'exit 2'
  const closed = { claude: asked !== 'output', copilot: asked === 'call', cursor: asked !== 'output' }
  return host !== 'codex' && host !== 'gemini' && closed[host] ? 'fails closed' : 'goes on'
}

function stopsAtExit2(host: HookHost, asked: Asked): boolean {
  if (host === 'codex' || host === 'gemini') return true
  return asked === 'call' || (asked === 'prompt' && host !== 'copilot')
}

function isDenial(host: HookHost, asked: Asked, answer: Answer): boolean {
  const own = isAnswer(answer.hookSpecificOutput) ? answer.hookSpecificOutput : nothing
  switch (host) {
    case 'claude':
      if (asked === 'output')
        return own.updatedToolOutput !== undefined && !JSON.stringify(own.updatedToolOutput).includes('"text"')
      return asked === 'prompt'
        ? blocks(answer)
        : own.permissionDecision === 'deny' && says(own.permissionDecisionReason)
    case 'codex':
      if (asked === 'call') return own.permissionDecision === 'deny' && says(own.permissionDecisionReason)
      return blocks(answer) && Object.keys(answer).length === 2 // an unknown key and it counts for nothing
    case 'gemini':
      return answer.decision === 'deny' && says(answer.reason)
    case 'copilot':
      if (asked === 'call') return answer.permissionDecision === 'deny' && says(answer.permissionDecisionReason)
      return asked === 'prompt' ? blocks(answer) : isAnswer(answer.modifiedResult)
    case 'cursor':
      if (asked === 'call') return answer.permission === 'deny' && says(answer.user_message)
      return asked === 'prompt' ? answer.continue === false : isAnswer(answer.updated_mcp_tool_output)
    case 'opencode':
      return false
  }
}

function blocks(answer: Answer): boolean {
  return answer.decision === 'block' && says(answer.reason)
}

type Answer = Readonly<Record<string, unknown>>

const nothing: Answer = {}

function objectIn(stdout: string): Answer {
  try {
    const answer: unknown = JSON.parse(stdout)
    return isAnswer(answer) ? answer : nothing
  } catch {
    return nothing
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function says(text: unknown): boolean {
  return typeof text === 'string' && text !== ''
}
