import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { GuardError } from '../errors.js'
import { PLUGIN_BODY } from './plugin-body.js'

/** The first line of the plugin; a file without it is somebody else's. */
const HEAD = '// loki-hook: written by "loki hooks install opencode", taken away by "loki hooks uninstall opencode"'
const MAX_BYTES = 64 * 1024

/** The hooks that the plugin has, by opencode's names. */
export const PLUGIN_EVENTS: readonly string[] = ['tool.execute.before', 'tool.execute.after', 'chat.message', 'event']

/** The plugin that opencode loads: it calls the hook program for every tool call, result and prompt, and waits for it. */
export function pluginText(hookCommand: readonly string[]): string {
  return `${HEAD}\nconst COMMAND = ${JSON.stringify([...hookCommand, 'opencode'])}\n${PLUGIN_BODY}`
}

/**
 * The plugin in a file, `undefined` where there is none. Throws `BAD_SETTINGS_FILE` for a file that we did not write.
 */
export function readPlugin(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const text = stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(file, 'utf8') : ''
  if (text.startsWith(HEAD)) return text
  throw new GuardError(
    'BAD_SETTINGS_FILE',
    `${file} was not written by Loki. It was left as it is; move it away and try again.`,
  )
}

/** Whether a plugin is, but for the program that it calls, the one that this version writes. */
export function isOurPlugin(text: string): boolean {
  return text.startsWith(HEAD) && text.endsWith(`\n${PLUGIN_BODY}`) && text.split('\n').length === lineCount
}

const lineCount = pluginText([]).split('\n').length

/** Replaces the plugin in one step. It is for its owner alone: it names programs of this machine. */
export function writePlugin(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${randomBytes(6).toString('hex')}` // no name that opencode would load
  writeFileSync(temporary, text, { mode: 0o600, flush: true })
  renameSync(temporary, file)
}

export function removePlugin(file: string): void {
  rmSync(file)
}
