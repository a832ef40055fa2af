import type { HookHost } from './definition.js'

/** How a hook ended and what it printed. */
export type HookRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** What a hook was asked about. */
export type Asked = 'call' | 'output' | 'prompt'

/** What the host would do on that, as was seen in runs of it (of Cursor: as its reference says). */
export type HostVerdict = { readonly blocked: boolean; readonly detail: string }

/**
 * What a host makes of a hook's end: whether the call would not run, the result not be shown as it is, the prompt not be
 * sent.
 */
export function judge(host: HookHost, asked: Asked, run: HookRun): HostVerdict {
  if (run.code === 0) {
    const reason = denialIn(host, asked, run.stdout)
    if (reason !== undefined) return { blocked: true, detail: reason }
    return { blocked: false, detail: `it ended with 0 and no denial that ${host} knows` }
  }
  const how = run.code === null ? 'was killed' : `ended with ${run.code}`
  if (blocksOnFailure(host, asked, run)) {
    return { blocked: true, detail: `it refused without deciding (${how}): ${run.stderr.trim().slice(0, 300)}` }
  }
  return { blocked: false, detail: `it ${how}, on which ${host} goes on` }
}

function blocksOnFailure(host: HookHost, asked: Asked, { code, stderr }: HookRun): boolean {
  switch (host) {
    case 'claude': // by onFailure, but for results
      return asked !== 'output'
    case 'codex':
    case 'gemini':
      return code === 2 && stderr.trim() !== ''
    case 'copilot':
      return asked === 'call'
    case 'cursor': // by failClosed
      return asked !== 'output'
    case 'opencode': // the plugin itself did not load
      return false
  }
}

type Answer = Readonly<Record<string, unknown>>

/** The reason of a denial in the host's vocabulary; one that is empty is none for Codex, so it is none here. */
function denialIn(host: HookHost, asked: Asked, stdout: string): string | undefined {
  const answer = parsed(stdout)
  const own = isAnswer(answer.hookSpecificOutput) ? answer.hookSpecificOutput : {}
  switch (host) {
    case 'claude':
    case 'codex':
      if (asked === 'call') return own.permissionDecision === 'deny' ? text(own.permissionDecisionReason) : undefined
      if (asked === 'output' && host === 'claude')
        return own.updatedToolOutput === undefined ? undefined : JSON.stringify(own.updatedToolOutput)
      return answer.decision === 'block' ? text(answer.reason) : undefined
    case 'gemini':
      return answer.decision === 'deny' ? text(answer.reason) : undefined
    case 'copilot':
      if (asked === 'call')
        return answer.permissionDecision === 'deny' ? text(answer.permissionDecisionReason) : undefined
      if (asked === 'prompt') return answer.decision === 'block' ? text(answer.reason) : undefined
      return isAnswer(answer.modifiedResult) ? text(answer.modifiedResult.textResultForLlm) : undefined
    case 'cursor':
      if (asked === 'call') return answer.permission === 'deny' ? text(answer.user_message) : undefined
      if (asked === 'prompt') return answer.continue === false ? text(answer.user_message) : undefined
      return answer.updated_mcp_tool_output === undefined ? undefined : JSON.stringify(answer.updated_mcp_tool_output)
    case 'opencode':
      return text(answer.thrown)
  }
}

function parsed(stdout: string): Answer {
  try {
    const answer: unknown = JSON.parse(stdout)
    return isAnswer(answer) ? answer : {}
  } catch {
    return {}
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
