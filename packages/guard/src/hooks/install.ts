import { isDeepStrictEqual } from 'node:util'
import { hookTable } from './definition.js'
import type { HookHost } from './definition.js'
import { settingsFile } from './location.js'
import type { HookPlace, HookScope } from './location.js'
import { ownCommands, readSettings, withHooks, withoutHooks, writeSettings } from './settings.js'
import type { Settings } from './settings.js'

export interface HookInstallOptions extends HookPlace {
  readonly scope: HookScope
  /** The program that answers, without the host's name: `[node, main.js, 'hook']`. */
  readonly hookCommand: readonly string[]
  /** Says what would be written and writes nothing. */
  readonly dryRun?: boolean
}

/** What was done to a settings file, or with `dryRun` would be. */
export type HookChange = {
  readonly file: string
  readonly changed: boolean
  /** The events that now have a hook of ours. */
  readonly events: readonly string[]
  /** The whole file as it is now; `undefined` where there is none. */
  readonly content?: string
}

/** Writes our hooks into a host's settings. What else stands there is kept; doing it twice changes nothing more. */
export function installHooks(host: HookHost, options: HookInstallOptions): HookChange {
  const file = settingsFile(host, options.scope, options)
  const before = readSettings(file)
  return change(
    file,
    before,
    pinned(host, withHooks(before ?? {}, hookTable(host, options.hookCommand))),
    options.dryRun,
  )
}

/** Takes our hooks out of a host's settings, and nothing else. */
export function uninstallHooks(host: HookHost, options: Omit<HookInstallOptions, 'hookCommand'>): HookChange {
  const file = settingsFile(host, options.scope, options)
  const before = readSettings(file)
  if (before === undefined) return { file, changed: false, events: [] }
  return change(file, before, withoutHooks(before), options.dryRun)
}

function change(file: string, before: Settings | undefined, after: Settings, dryRun = false): HookChange {
  const content = JSON.stringify(after, null, 2)
  const changed = !isDeepStrictEqual(before, after)
  if (changed && !dryRun) writeSettings(file, after)
  return { file, changed, events: [...ownCommands(after).keys()], content }
}

/** Gemini CLI runs no hooks at all where `hooksConfig.enabled` is false. */
function pinned(host: HookHost, settings: Settings): Settings {
  if (host !== 'gemini') return settings
  const config = settings.hooksConfig
  return { ...settings, hooksConfig: { ...(typeof config === 'object' ? config : {}), enabled: true } }
}
