import type { HookHost } from './definition.js'

/** Ends every command of ours in a settings file, and tells them from other people's. The shell reads it as a comment. */
export const HOOK_MARK = '# loki-hook'

/**
 * What a hook is for: to decide on a call, to keep a result or a prompt from the model, to keep the settings, or only to be
 * told.
 */
export type HookPurpose = 'call' | 'output' | 'prompt' | 'settings' | 'told'

/** One hook that a host must have: the line for the shell, and how long the host shall wait for it. */
export type HookLine = {
  readonly event: string
  readonly purpose: HookPurpose
  /** Whether the event is about a tool, so that a matcher says which. */
  readonly tools: boolean
  readonly seconds: number
  readonly command: string
}

/** A paused session holds a call for up to 540 s; everything else is answered in much less than this. */
const CALL_S = 600
const OTHER_S = 30

type Event = readonly [name: string, purpose: HookPurpose, seconds?: number]

const EVENTS: Readonly<Record<Exclude<HookHost, 'opencode'>, readonly Event[]>> = {
  claude: [
    ['PreToolUse', 'call', CALL_S],
    ['PostToolUse', 'output'],
    ['PostToolUseFailure', 'output'],
    ['UserPromptSubmit', 'prompt'],
    ['ConfigChange', 'settings'],
    ['SubagentStop', 'told'],
    ['SessionEnd', 'told'],
  ],
  codex: [
    ['PreToolUse', 'call', CALL_S],
    ['PostToolUse', 'output'],
    ['UserPromptSubmit', 'prompt'],
    ['SubagentStop', 'told'],
    ['SessionEnd', 'told', 3],
  ],
  gemini: [
    ['BeforeTool', 'call', CALL_S],
    ['AfterTool', 'output'],
    ['BeforeAgent', 'prompt'],
    ['SessionEnd', 'told'],
  ],
  copilot: [
    ['preToolUse', 'call', CALL_S],
    ['postToolUse', 'output'],
    ['postToolUseFailure', 'told'],
    ['userPromptSubmitted', 'prompt'],
    ['subagentStop', 'told'],
    ['sessionEnd', 'told'],
  ],
  cursor: [
    ['preToolUse', 'call', CALL_S],
    ['beforeShellExecution', 'call', CALL_S],
    ['beforeMCPExecution', 'call', CALL_S],
    ['beforeReadFile', 'call', CALL_S],
    ['beforeSubmitPrompt', 'prompt'],
    ['postToolUse', 'output'],
    ['postToolUseFailure', 'told'],
    ['subagentStop', 'told'],
    ['sessionEnd', 'told'],
  ],
}

/** Every hook that a host must have, in order. */
export function hookLines(host: Exclude<HookHost, 'opencode'>, hookCommand: readonly string[]): readonly HookLine[] {
  return EVENTS[host].map(([event, purpose, seconds = OTHER_S]) => {
    const words = [...hookCommand, host, ...(host === 'copilot' ? [event] : [])].map(quoted).join(' ')
    const fallback = fallbackOf(host, event, purpose)
    const command = `${words}${fallback === undefined ? '' : ` || ${fallback}`} ${HOOK_MARK}`
    return { event, purpose, tools: event.includes('Tool'), seconds, command }
  })
}

const UNCHECKED = 'Loki: the call was refused, or could not be checked.'

/**
 * Hosts go on when a hook is missing, crashes or is killed; they stop on exit 2 with a text. So whatever keeps our program
 * from ending with 0 becomes exactly that, by the shell that runs the hook. Copilot CLI stops on it before a tool only, and
 * takes JSON elsewhere; Claude Code shows a result whatever its hook does, so there nothing is said that would stop nothing.
 */
function fallbackOf(host: HookHost, event: string, purpose: HookPurpose): string | undefined {
  if (purpose === 'told' || (host === 'claude' && purpose === 'output')) return undefined
  if (host === 'copilot' && purpose === 'prompt') return printed({ decision: 'block', reason: UNCHECKED })
  if (host === 'copilot' && event === 'postToolUse') {
    return printed({ modifiedResult: { resultType: 'success', textResultForLlm: `[${UNCHECKED}]` } })
  }
  return `{ echo '${UNCHECKED}' >&2; exit 2; }`
}

function printed(answer: unknown): string {
  return `echo '${JSON.stringify(answer)}'`
}

/** POSIX shell quoting: nothing is special between single quotes but the quote itself. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_/.:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
