import { rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { hookEntries } from './definition.js'
import type { HookHost, SettingsHost } from './definition.js'
import { settingsFile } from './location.js'
import type { HookPlace, HookScope } from './location.js'
import { PLUGIN_EVENTS, pluginText, readPlugin, removePlugin, writePlugin } from './plugin.js'
import { ownHooks, readSettings, withHooks, withoutHooks, writeSettings } from './settings.js'
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
  if (host === 'opencode') return installPlugin(file, options)
  const before = readSettings(file)
  const after = completed(host, withHooks(before ?? {}, hookEntries(host, options.hookCommand)))
  const changed = !isDeepStrictEqual(before, after)
  if (changed && options.dryRun !== true) writeSettings(file, after)
  return { file, changed, events: [...ownHooks(after).keys()], content: JSON.stringify(after, null, 2) }
}

/** Takes our hooks out of a host's settings, and nothing else. A file that held nothing but them goes. */
export function uninstallHooks(host: HookHost, options: Omit<HookInstallOptions, 'hookCommand'>): HookChange {
  const file = settingsFile(host, options.scope, options)
  if (host === 'opencode') return uninstallPlugin(file, options)
  const before = readSettings(file)
  if (before === undefined) return { file, changed: false, events: [] }
  const after = withoutHooks(before)
  const changed = !isDeepStrictEqual(before, after)
  if (changed && isOnlyOurs(host, after)) {
    if (options.dryRun !== true) rmSync(file)
    return { file, changed, events: [] }
  }
  if (changed && options.dryRun !== true) writeSettings(file, after)
  return { file, changed, events: [], content: JSON.stringify(after, null, 2) }
}

function installPlugin(file: string, { hookCommand, dryRun }: HookInstallOptions): HookChange {
  const content = pluginText(hookCommand)
  const changed = readPlugin(file) !== content
  if (changed && dryRun !== true) writePlugin(file, content)
  return { file, changed, events: PLUGIN_EVENTS, content }
}

function uninstallPlugin(file: string, { dryRun }: { readonly dryRun?: boolean }): HookChange {
  const changed = readPlugin(file) !== undefined
  if (changed && dryRun !== true) removePlugin(file)
  return { file, changed, events: [] }
}

/** What a host needs beside the hooks: a version, and for Gemini CLI that hooks run at all. */
function completed(host: SettingsHost, settings: Settings): Settings {
  if (host === 'copilot' || host === 'cursor') return { version: 1, ...settings }
  if (host !== 'gemini') return settings
  const config = settings.hooksConfig
  return { ...settings, hooksConfig: { ...(typeof config === 'object' ? config : {}), enabled: true } }
}

/** Whether all that is left of a file of hooks is its version: nobody else has anything in it. */
function isOnlyOurs(host: SettingsHost, settings: Settings): boolean {
  return (host === 'copilot' || host === 'cursor') && Object.keys(settings).every((key) => key === 'version')
}
