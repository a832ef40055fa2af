import type { HookHost } from './definition.js'
import { switchFiles } from './location.js'
import type { HookPlace } from './location.js'
import { readSettings } from './settings.js'
import type { Settings } from './settings.js'

/** What in a host's settings or environment keeps it from calling hooks at all, one sentence each. */
export function switchedOff(host: HookHost, place: HookPlace): readonly string[] {
  if (host === 'opencode')
    return isOn(place.env.OPENCODE_PURE) ? ['OPENCODE_PURE keeps opencode from loading plugins'] : []
  return switchFiles(host, place).flatMap((file) => {
    const setting = switchIn(host, settingsIn(file))
    return setting === undefined ? [] : [`${file} sets ${setting}`]
  })
}

function switchIn(host: HookHost, settings: Settings): string | undefined {
  if (host !== 'gemini') return settings.disableAllHooks === true ? 'disableAllHooks' : undefined
  const config = settings.hooksConfig
  if (typeof config !== 'object' || config === null) return undefined
  if ('enabled' in config && config.enabled === false) return 'hooksConfig.enabled = false'
  const off = 'disabled' in config && Array.isArray(config.disabled) && config.disabled.includes('loki')
  return off ? 'hooksConfig.disabled, with "loki" in it' : undefined
}

/** A file that cannot be read is reported with its place, or is none that the host can read. */
function settingsIn(file: string): Settings {
  try {
    return readSettings(file) ?? {}
  } catch {
    return {}
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|true|yes|on)$/i.test(value.trim())
}
