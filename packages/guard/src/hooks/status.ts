import { messageOf } from '../errors.js'
import { runCanary } from './canary.js'
import type { CanaryResult } from './canary.js'
import { codexHooks } from './codex-trust.js'
import type { CodexHook } from './codex-trust.js'
import { bindingEvent } from './definition.js'
import type { HookHost, SettingsHost } from './definition.js'
import { hookLines } from './lines.js'
import type { HookPurpose } from './lines.js'
import { settingsFile } from './location.js'
import type { HookPlace, HookScope } from './location.js'
import { isOurPlugin, PLUGIN_EVENTS, readPlugin } from './plugin.js'
import { RESIDUAL_HOLES } from './residual.js'
import { ownHooks, readSettings } from './settings.js'
import type { Settings } from './settings.js'
import { switchedOff } from './switched-off.js'
import type { Asked } from './verdict-of-host.js'

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
  /** Events whose hook was installed to block when it fails, and does not any more. */
  readonly open: readonly string[]
  /** What became of a call that must be denied. */
  readonly canary?: CanaryResult
  /** What became of a prompt and a result that cannot be read, by event, of hosts that stop there. */
  readonly unreadable: Readonly<Record<string, CanaryResult>>
}

/** Looks at the settings of both scopes and calls each installed hook with an action that must be denied. */
export async function hooksStatus(host: HookHost, place: HookPlace): Promise<HookStatus> {
  const problems: string[] = []
  const places: HookPlaceStatus[] = []
  for (const scope of ['project', 'user'] as const) {
    const file = settingsFile(host, scope, place)
    try {
      places.push({ scope, file, ...(await placeStatus(host, file, place)) })
    } catch (thrown) {
      problems.push(messageOf(thrown))
      places.push({ scope, file, ...NOTHING })
    }
  }
  const installed = places.filter(({ events }) => events.length > 0)
  if (installed.length === 0)
    problems.push(`no hook of Loki is installed for ${host}; loki hooks install ${host} does that`)
  for (const one of installed) problems.push(...problemsOf(host, one))
  if (host === 'codex' && installed.length > 0) problems.push(...(await codexProblems(installed, place)))
  problems.push(...switchedOff(host, place))
  const blocked = installed.some(({ canary }) => canary?.blocked === true)
  return { host, binds: blocked && problems.length === 0, places, problems, residual: RESIDUAL_HOLES[host] }
}

const NOTHING = { events: [], missing: [], open: [], unreadable: {} }

async function placeStatus(
  host: HookHost,
  file: string,
  place: HookPlace,
): Promise<Omit<HookPlaceStatus, 'scope' | 'file'>> {
  if (host === 'opencode') return pluginStatus(file, place)
  const own = ownHooks(readSettings(file) ?? {})
  const events = [...own.keys()]
  if (events.length === 0) return NOTHING
  const lines = hookLines(host, ['loki'])
  const missing = lines.map(({ event }) => event).filter((event) => !own.has(event))
  const open = lines
    .filter(({ purpose }) => purpose === 'call' || purpose === 'prompt')
    .map(({ event }) => event)
    .filter((event) => own.get(event)?.some(({ fields }) => isOpen(host, fields)))
  const unreadable: Record<string, CanaryResult> = {}
  for (const { event, purpose } of lines) {
    const hook = own.get(event)?.[0]?.command
    if (hook === undefined || !stopsAt(host, purpose)) continue
    unreadable[event] = await runCanary(host, { asked: purpose, hook }, place)
  }
  const hook = own.get(bindingEvent(host))?.[0]?.command
  if (hook === undefined) return { events, missing, open, unreadable }
  return { events, missing, open, unreadable, canary: await runCanary(host, { asked: 'call', hook }, place) }
}

/** Whether a host stops at a hook of this purpose that cannot read what it is given. Two show a result all the same. */
function stopsAt(host: HookHost, purpose: HookPurpose): purpose is 'prompt' | 'output' {
  return purpose === 'prompt' || (purpose === 'output' && host !== 'claude' && host !== 'cursor')
}

async function pluginStatus(file: string, place: HookPlace): Promise<Omit<HookPlaceStatus, 'scope' | 'file'>> {
  const text = readPlugin(file)
  if (text === undefined) return NOTHING
  const call = (asked: Asked): Promise<CanaryResult> => runCanary('opencode', { asked, hook: file }, place)
  return {
    events: PLUGIN_EVENTS,
    missing: [],
    open: isOurPlugin(text) ? [] : PLUGIN_EVENTS,
    unreadable: { 'chat.message': await call('prompt'), 'tool.execute.after': await call('output') },
    canary: await call('call'),
  }
}

/** Whether the host's own switch for "block when the hook fails" is missing, where it has one. */
function isOpen(host: SettingsHost, fields: Settings): boolean {
  return (host === 'claude' && fields.onFailure !== 'block') || (host === 'cursor' && fields.failClosed !== true)
}

function problemsOf(host: HookHost, { file, missing, open, canary, unreadable }: HookPlaceStatus): readonly string[] {
  const problems: string[] = []
  if (missing.length > 0) problems.push(`${file} lacks ${missing.join(', ')}; loki hooks install ${host} adds them`)
  if (open.length > 0)
    problems.push(`${file} was changed so that ${open.join(', ')} may not block; loki hooks install ${host} mends it`)
  if (canary !== undefined && !canary.blocked) problems.push(`the hook in ${file} did not block: ${canary.detail}`)
  for (const [event, { blocked, detail }] of Object.entries(unreadable)) {
    if (!blocked) problems.push(`the ${event} hook in ${file} lets pass what it cannot read: ${detail}`)
  }
  return problems
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
