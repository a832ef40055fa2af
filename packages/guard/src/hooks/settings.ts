import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { randomBytes } from 'node:crypto'
import { GuardError, messageOf } from '../errors.js'
import { HOOK_MARK } from './lines.js'

/** A settings file larger than this is not one. */
const MAX_BYTES = 4 * 1024 * 1024

/** A host's settings, of which we know only the hooks. */
export type Settings = Readonly<Record<string, unknown>>

/** The settings in a file, or `undefined` where there is none. Throws `BAD_SETTINGS_FILE` for anything but a JSON object. */
export function readSettings(file: string): Settings | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  if (!stats.isFile() || stats.size > MAX_BYTES) throw unusable(file, 'it is not a file of at most 4 MiB')
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isObject(parsed)) return parsed
  } catch (cause) {
    throw unusable(file, messageOf(cause), cause)
  }
  throw unusable(file, 'it holds no JSON object')
}

/** Replaces a settings file in one step and keeps its mode; a new one is for its owner alone. */
export function writeSettings(file: string, settings: Settings): void {
  mkdirSync(dirname(file), { recursive: true })
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(temporary, `${JSON.stringify(settings, null, 2)}\n`, { mode: mode & 0o777, flush: true })
  renameSync(temporary, file)
}

/** The settings with our hooks among theirs and everybody else's kept, in their order and before ours. */
export function withHooks(settings: Settings, entries: Readonly<Record<string, readonly unknown[]>>): Settings {
  const hooks: Record<string, unknown> = { ...hooksIn(withoutHooks(settings)) }
  for (const [event, own] of Object.entries(entries)) hooks[event] = [...listOf(hooks[event]), ...own]
  return { ...settings, hooks }
}

/** The settings without our hooks. Tables and groups that they leave empty go too. */
export function withoutHooks(settings: Settings): Settings {
  const hooks: Record<string, unknown> = {}
  for (const [event, entries] of Object.entries(hooksIn(settings))) {
    const kept = listOf(entries).flatMap(withoutOurs)
    if (kept.length > 0) hooks[event] = kept
  }
  const rest = Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'hooks'))
  return Object.keys(hooks).length === 0 ? rest : { ...rest, hooks }
}

/** A hook of ours as it stands in a settings file. */
export type OwnHook = { readonly command: string; readonly fields: Settings }

/** Our hooks in a settings file, by event. */
export function ownHooks(settings: Settings): ReadonlyMap<string, readonly OwnHook[]> {
  const found = new Map<string, readonly OwnHook[]>()
  for (const [event, entries] of Object.entries(hooksIn(settings))) {
    const own = listOf(entries).flatMap(handlersOf).flatMap(ownHook)
    if (own.length > 0) found.set(event, own)
  }
  return found
}

function hooksIn(settings: Settings): Readonly<Record<string, unknown>> {
  return isObject(settings.hooks) ? settings.hooks : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The handlers of an entry: of a group those in it, else the entry itself. Anything else is not ours to be judged. */
function handlersOf(entry: unknown): readonly unknown[] {
  return isObject(entry) && Array.isArray(entry.hooks) ? entry.hooks : [entry]
}

function withoutOurs(entry: unknown): readonly unknown[] {
  if (!isObject(entry) || !Array.isArray(entry.hooks)) return ownHook(entry).length === 0 ? [entry] : []
  const kept = entry.hooks.filter((handler) => ownHook(handler).length === 0)
  return kept.length === 0 ? [] : [{ ...entry, hooks: kept }]
}

/** A handler of ours; its line stands in `command`, in Copilot CLI's settings in `bash`. */
function ownHook(handler: unknown): readonly OwnHook[] {
  if (!isObject(handler)) return []
  const command = [handler.command, handler.bash].find(isOurs)
  return command === undefined ? [] : [{ command, fields: handler }]
}

function isOurs(command: unknown): command is string {
  return typeof command === 'string' && command.trimEnd().endsWith(HOOK_MARK)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unusable(file: string, why: string, cause?: unknown): GuardError {
  return new GuardError(
    'BAD_SETTINGS_FILE',
    `${file} cannot be edited (${why}). It was left as it is; mend it and try again.`,
    { cause },
  )
}
