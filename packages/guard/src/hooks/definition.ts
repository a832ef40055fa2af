import { GuardError } from '../errors.js'

/** The agent CLIs into whose settings Loki can write hooks. */
export type HookHost = 'claude' | 'codex' | 'gemini'

export const HOOK_HOSTS: readonly HookHost[] = ['claude', 'codex', 'gemini']

/** One entry of a host's `hooks` settings; the three hosts share this nesting. */
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

/** Ends every command of ours in a settings file, and tells them from other people's. The shell reads it as a comment. */
export const HOOK_MARK = '# loki-hook'

/**
 * The hooks that a host must have, as its settings spell them (`hooks` of Claude Code's and Gemini CLI's `settings.json`,
 * of Codex' `hooks.json`).
 *
 * @param hookCommand the program and its arguments, to which the host's name is added: `['/usr/bin/node', '/opt/loki/main.js', 'hook']`
 */
export function hookTable(host: HookHost, hookCommand: readonly string[]): HookTable {
  const before = guardedCommand(host, hookCommand)
  const after = plainCommand(host, hookCommand)
  switch (host) {
    case 'claude':
      return {
        PreToolUse: [{ matcher: '*', hooks: [{ type: 'command', command: before, timeout: 600, onFailure: 'block' }] }],
        PostToolUse: [{ matcher: '*', hooks: [{ type: 'command', command: after, timeout: 30 }] }],
        PostToolUseFailure: [{ matcher: '*', hooks: [{ type: 'command', command: after, timeout: 30 }] }],
        ConfigChange: [{ hooks: [{ type: 'command', command: before, timeout: 30, onFailure: 'block' }] }],
        SubagentStop: [{ hooks: [{ type: 'command', command: after, timeout: 30 }] }],
        SessionEnd: [{ hooks: [{ type: 'command', command: after, timeout: 30 }] }],
      }
    case 'codex':
      return {
        PreToolUse: [{ hooks: [{ type: 'command', command: before, timeout: 600 }] }],
        PostToolUse: [{ hooks: [{ type: 'command', command: after, timeout: 30 }] }],
        SubagentStop: [{ hooks: [{ type: 'command', command: after, timeout: 30 }] }],
        SessionEnd: [{ hooks: [{ type: 'command', command: after, timeout: 3 }] }],
      }
    case 'gemini':
      return {
        BeforeTool: [{ matcher: '.*', hooks: [{ type: 'command', name: 'loki', command: before, timeout: 600_000 }] }],
        AfterTool: [{ matcher: '.*', hooks: [{ type: 'command', name: 'loki', command: after, timeout: 30_000 }] }],
        SessionEnd: [{ hooks: [{ type: 'command', name: 'loki', command: after, timeout: 30_000 }] }],
      }
  }
}

/** The event before a tool runs, by the host's own name: the one that binds. */
export function bindingEvent(host: HookHost): 'PreToolUse' | 'BeforeTool' {
  return host === 'gemini' ? 'BeforeTool' : 'PreToolUse'
}

/** The host's name, checked, or `UNKNOWN_HOST` with the names that there are. */
export function hookHost(name: string): HookHost {
  const host = HOOK_HOSTS.find((known) => known === name)
  if (host !== undefined) return host
  throw new GuardError('UNKNOWN_HOST', `Unknown host ${JSON.stringify(name)}; known hosts: ${HOOK_HOSTS.join(', ')}.`)
}

/**
 * Hosts let a call run when its hook is missing, crashes or is killed; they block on exit 2 with a text. So whatever
 * keeps our program from ending with 0 becomes exactly that, by the shell that runs the hook.
 */
function guardedCommand(host: HookHost, hookCommand: readonly string[]): string {
  return `${words(host, hookCommand)} || { echo 'Loki: the call was refused, or could not be checked.' >&2; exit 2; } ${HOOK_MARK}`
}

function plainCommand(host: HookHost, hookCommand: readonly string[]): string {
  return `${words(host, hookCommand)} ${HOOK_MARK}`
}

function words(host: HookHost, hookCommand: readonly string[]): string {
  return [...hookCommand, host].map(quoted).join(' ')
}

/** POSIX shell quoting: nothing is special between single quotes but the quote itself. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_/.:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
