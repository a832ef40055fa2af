import { messageOf } from '../errors.js'
import { runCanary } from './canary.js'
import type { CanaryResult } from './canary.js'
import { codexHooks } from './codex-trust.js'
import type { CodexHook } from './codex-trust.js'
import { bindingEvent, hookTable } from './definition.js'
import type { HookHost } from './definition.js'
import { settingsFile } from './location.js'
import type { HookPlace, HookScope } from './location.js'
import { RESIDUAL_HOLES } from './residual.js'
import { ownCommands, readSettings } from './settings.js'

/** Whether a host's hooks bind, and how that was seen. */
export type HookStatus = {
  readonly host: HookHost
  /** True only where a hook is installed and its canary was blocked, and nothing known keeps the host from calling it. */
  readonly binds: boolean
  readonly places: readonly HookPlaceStatus[]
  /** What stands in the way, one sentence each. */
  readonly problems: readonly string[]
  readonly residual: readonly string[]
}

export type HookPlaceStatus = {
  readonly scope: HookScope
  readonly file: string
  readonly events: readonly string[]
  readonly missing: readonly string[]
  readonly canary?: CanaryResult
}

/** Looks at the settings of both scopes and calls each installed hook with an action that must be denied. */
export async function hooksStatus(host: HookHost, place: HookPlace): Promise<HookStatus> {
  const problems: string[] = []
  const places: HookPlaceStatus[] = []
  for (const scope of ['project', 'user'] as const) {
    const file = settingsFile(host, scope, place)
    try {
      places.push(await placeStatus(host, scope, file, place))
    } catch (thrown) {
      problems.push(messageOf(thrown))
      places.push({ scope, file, events: [], missing: [] })
    }
  }
  const installed = places.filter(({ events }) => events.length > 0)
  if (installed.length === 0)
    problems.push(`no hook of Loki is installed for ${host}; loki hooks install ${host} does that`)
  for (const { file, missing, canary } of installed) {
    if (missing.length > 0) problems.push(`${file} lacks ${missing.join(', ')}; loki hooks install ${host} adds them`)
    if (canary !== undefined && !canary.blocked) problems.push(`the hook in ${file} did not block: ${canary.detail}`)
  }
  if (host === 'codex' && installed.length > 0) problems.push(...(await codexProblems(installed, place)))
  if (host === 'claude') problems.push(...switchedOff(places))
  const blocked = installed.some(({ canary }) => canary?.blocked === true)
  return { host, binds: blocked && problems.length === 0, places, problems, residual: RESIDUAL_HOLES[host] }
}

async function placeStatus(host: HookHost, scope: HookScope, file: string, place: HookPlace): Promise<HookPlaceStatus> {
  const own = ownCommands(readSettings(file) ?? {})
  const events = [...own.keys()]
  const missing = events.length === 0 ? [] : Object.keys(hookTable(host, ['loki'])).filter((event) => !own.has(event))
  const command = own.get(bindingEvent(host))?.[0]
  if (command === undefined) return { scope, file, events, missing }
  return { scope, file, events, missing, canary: await runCanary(host, command, place) }
}

async function codexProblems(installed: readonly HookPlaceStatus[], place: HookPlace): Promise<readonly string[]> {
  const hooks = await codexHooks(place).catch((thrown: unknown) => messageOf(thrown))
  if (hooks === undefined) return ['codex is not on the path, so whether it trusts the hooks is not known']
  if (typeof hooks === 'string') return [`codex could not be asked whether it trusts the hooks: ${hooks}`]
  return installed.flatMap(({ scope, file }) => {
    const here = hooks.filter((hook) => hook.file === file)
    if (here.length === 0) {
      return [
        scope === 'project'
          ? `codex does not load ${file}: it does not trust this project`
          : `codex does not load ${file}`,
      ]
    }
    return here
      .filter((hook) => !calls(hook))
      .map(({ event, trust, enabled }) => {
        return `codex does not call the ${event} hook of ${file} (${enabled ? trust : 'disabled'}); loki hooks install codex trusts it`
      })
  })
}

function calls({ enabled, trust }: CodexHook): boolean {
  return enabled && (trust === 'trusted' || trust === 'managed')
}

function switchedOff(places: readonly HookPlaceStatus[]): readonly string[] {
  return places.flatMap(({ file }) => {
    try {
      return readSettings(file)?.disableAllHooks === true ? [`${file} sets disableAllHooks`] : []
    } catch {
      return [] // already reported with the place
    }
  })
}
