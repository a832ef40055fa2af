import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { randomBytes } from 'node:crypto'
import { GuardError, messageOf } from '../errors.js'
import { HOOK_MARK } from './definition.js'
import type { HookGroup, HookTable } from './definition.js'

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

/** The settings with our hooks in their table and everybody else's kept, in their order and before ours. */
export function withHooks(settings: Settings, table: HookTable): Settings {
  const hooks: Record<string, unknown> = { ...hooksIn(withoutHooks(settings)) }
  for (const [event, groups] of Object.entries(table)) hooks[event] = [...groupsIn(hooks[event]), ...groups]
  return { ...settings, hooks }
}

/** The settings without our hooks. Tables and groups that they leave empty go too. */
export function withoutHooks(settings: Settings): Settings {
  const hooks: Record<string, unknown> = {}
  for (const [event, groups] of Object.entries(hooksIn(settings))) {
    const kept = groupsIn(groups).map(withoutOurs).filter(hasHandlers)
    if (kept.length > 0) hooks[event] = kept
  }
  const rest = Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'hooks'))
  return Object.keys(hooks).length === 0 ? rest : { ...rest, hooks }
}

/** Our commands in a settings file, by event. */
export function ownCommands(settings: Settings): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const [event, groups] of Object.entries(hooksIn(settings))) {
    const own = groupsIn(groups).flatMap((group) => group.hooks.map(({ command }) => command).filter(isOurs))
    if (own.length > 0) found.set(event, own)
  }
  return found
}

function hooksIn(settings: Settings): Readonly<Record<string, unknown>> {
  return isObject(settings.hooks) ? settings.hooks : {}
}

/** Anything else in the list is somebody else's mistake; it is neither ours nor to be judged here. */
function groupsIn(value: unknown): HookGroup[] {
  return Array.isArray(value)
    ? value.filter((group): group is HookGroup => isObject(group) && Array.isArray(group.hooks))
    : []
}

function withoutOurs(group: HookGroup): HookGroup {
  return { ...group, hooks: group.hooks.filter(({ command }) => !isOurs(command)) }
}

function hasHandlers(group: HookGroup): boolean {
  return group.hooks.length > 0
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
