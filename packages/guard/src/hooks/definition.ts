import { GuardError } from '../errors.js'
import { hookLines } from './lines.js'
import type { HookLine } from './lines.js'

export { HOOK_MARK } from './lines.js'

/** The agent CLIs into whose settings Loki can write hooks. */
export type HookHost = 'claude' | 'codex' | 'gemini' | 'opencode' | 'copilot' | 'cursor'
/** Those whose settings nest hooks in groups with a matcher. */
export type GroupHost = 'claude' | 'codex' | 'gemini'
/** Those whose hooks are entries of a JSON file; opencode's are a plugin. */
export type SettingsHost = Exclude<HookHost, 'opencode'>

export const HOOK_HOSTS: readonly HookHost[] = ['claude', 'codex', 'gemini', 'opencode', 'copilot', 'cursor']

/** One entry of a host's `hooks` settings; Claude Code, Codex and Gemini CLI share this nesting. */
export type HookGroup = { readonly matcher?: string; readonly hooks: readonly HookHandler[] }
export type HookHandler = {
  readonly type: 'command'
  readonly command: string
  /** Seconds for Claude Code and Codex, milliseconds for Gemini CLI. */
  readonly timeout: number
  readonly name?: string
  readonly onFailure?: 'block'
}
export type HookTable = Readonly<Record<string, readonly HookGroup[]>>
/** An entry without a group, as Copilot CLI (`bash`) and Cursor (`command`) have them. */
export type FlatHook = Readonly<Record<string, string | number | boolean>>

/**
 * The hooks that a host must have, as its settings spell them (`hooks` of Claude Code's and Gemini CLI's `settings.json`,
 * of Codex' `hooks.json`).
 *
 * @param hookCommand the program and its arguments, to which the host's name is added: `['/usr/bin/node', '/opt/loki/main.js', 'hook']`
 */
export function hookTable(host: GroupHost, hookCommand: readonly string[]): HookTable {
  return Object.fromEntries(hookLines(host, hookCommand).map((line) => [line.event, [groupOf(host, line)]]))
}

/** The entries that a host's settings must have, by event, in whatever nesting it has. */
export function hookEntries(
  host: SettingsHost,
  hookCommand: readonly string[],
): Readonly<Record<string, readonly (HookGroup | FlatHook)[]>> {
  if (host !== 'copilot' && host !== 'cursor') return hookTable(host, hookCommand)
  return Object.fromEntries(hookLines(host, hookCommand).map((line) => [line.event, [flatHook(host, line)]]))
}

/** The event before a tool runs, by the host's own name: the one that binds. */
export function bindingEvent(host: HookHost): string {
  const events: Partial<Record<HookHost, string>> = {
    gemini: 'BeforeTool',
    opencode: 'tool.execute.before',
    copilot: 'preToolUse',
    cursor: 'beforeShellExecution',
  }
  return events[host] ?? 'PreToolUse'
}

/** The host's name, checked, or `UNKNOWN_HOST` with the names that there are. */
export function hookHost(name: string): HookHost {
  const host = HOOK_HOSTS.find((known) => known === name)
  if (host !== undefined) return host
  throw new GuardError('UNKNOWN_HOST', `Unknown host ${JSON.stringify(name)}; known hosts: ${HOOK_HOSTS.join(', ')}.`)
}

function groupOf(host: GroupHost, { purpose, tools, command, seconds }: HookLine): HookGroup {
  const handler: HookHandler =
    host === 'gemini'
      ? { type: 'command', name: 'loki', command, timeout: seconds * 1000 }
      : { type: 'command', command, timeout: seconds }
  const matcher = tools && host !== 'codex' ? { matcher: host === 'gemini' ? '.*' : '*' } : {}
  const blocks = host === 'claude' && (purpose === 'call' || purpose === 'prompt' || purpose === 'settings')
  return { ...matcher, hooks: [blocks ? { ...handler, onFailure: 'block' } : handler] }
}

function flatHook(host: 'copilot' | 'cursor', { purpose, command, seconds }: HookLine): FlatHook {
  if (host === 'copilot') return { type: 'command', bash: command, timeoutSec: seconds }
  const closed = purpose === 'call' || purpose === 'prompt'
  return { command, timeout: seconds, ...(closed ? { failClosed: true } : {}) }
}
