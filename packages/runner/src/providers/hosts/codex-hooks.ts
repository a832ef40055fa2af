import { HOOK_MARK, hookTable, withCodexApp, type CodexCall } from '@loki/guard'
import { messageOf } from '../../errors.js'
import { fieldsOf, listOf, textOf, type Fields } from './fields.js'
import { tomlInline } from '@loki/guard'

/** Where Codex says that settings given on its command line come from. */
const fromCommandLine = 'sessionFlags'
const bareKey = /^[A-Za-z0-9_-]+$/

/** What has to be asked of Codex before a run: everything but the settings that are being found out. */
export type CodexPlace = Omit<CodexCall, 'args'> & { readonly hookCommand: readonly string[] }

/**
 * Arguments that give one run of Codex our hooks, trusted, without a file being touched. Codex skips a hook silently that
 * it does not trust, and trust is a hash that only it computes; so it is asked for the hash, and then asked again whether
 * it would now call every one of them. Throws where it would not.
 *
 * Hooks that `loki hooks install` put into files are switched off for the run, so that nothing is decided twice. MCP
 * servers whose calls would need a person, whom a run without a terminal does not have, are left to the guard.
 */
export async function codexHookArguments(place: CodexPlace): Promise<readonly string[]> {
  const commands = new Map<string, string>()
  const hookArguments = Object.entries(hookTable('codex', place.hookCommand)).flatMap(([event, groups]) => {
    for (const { hooks } of groups) for (const { command } of hooks) commands.set(eventName(event), command)
    return ['-c', `hooks.${event}=${tomlInline(groups)}`]
  })
  const asked = ['--enable', 'hooks', ...hookArguments]
  const first = await ask(place, asked)
  const ours = first.hooks.filter(
    (hook) => commands.get(hook.event) === hook.command && hook.source === fromCommandLine,
  )
  const doubles = first.hooks.filter((hook) => hook.source !== fromCommandLine && hook.command.endsWith(HOOK_MARK))
  const state: Record<string, HookState> = {}
  for (const { key, hash } of ours) state[key] = { trusted_hash: hash, enabled: true }
  for (const { key } of doubles) state[key] = { enabled: false }
  const args = [...asked, '-c', `hooks.state=${tomlInline(state)}`, ...first.unattended]
  assertCalled(commands, (await ask(place, args)).hooks)
  return args
}

interface HookState {
  readonly trusted_hash?: string
  readonly enabled: boolean
}

interface ListedHook {
  readonly key: string
  readonly event: string
  readonly command: string
  readonly source: string
  readonly hash: string
  readonly called: boolean
}

async function ask(
  place: CodexPlace,
  args: readonly string[],
): Promise<{ hooks: readonly ListedHook[]; unattended: readonly string[] }> {
  const [list, config] = await withCodexApp({ ...place, args }, async (app) => [
    await app.call('hooks/list', { cwds: [place.cwd] }),
    await app.call('config/read', { cwd: place.cwd, includeLayers: false }),
  ])
  const hooks = listOf(fieldsOf(list).data).flatMap((entry) => listOf(fieldsOf(entry).hooks).map(listed))
  return { hooks, unattended: unattendedServers(fieldsOf(fieldsOf(fieldsOf(config).config).mcp_servers)) }
}

function listed(value: unknown): ListedHook {
  const hook = fieldsOf(value)
  const trust = textOf(hook, 'trustStatus')
  return {
    key: textOf(hook, 'key') ?? '',
    event: textOf(hook, 'eventName') ?? '',
    command: (textOf(hook, 'command') ?? '').trimEnd(),
    source: textOf(hook, 'source') ?? '',
    hash: textOf(hook, 'currentHash') ?? '',
    called: hook.enabled === true && (trust === 'trusted' || trust === 'managed'),
  }
}

/** Without a terminal Codex refuses the calls of a server that may need approval, whatever the guard says. */
function unattendedServers(servers: Fields): readonly string[] {
  return Object.entries(servers)
    .filter(
      ([name, server]) => bareKey.test(name) && textOf(fieldsOf(server), 'default_tools_approval_mode') === undefined,
    )
    .flatMap(([name]) => ['-c', `mcp_servers.${name}.default_tools_approval_mode="approve"`])
}

function assertCalled(commands: ReadonlyMap<string, string>, hooks: readonly ListedHook[]): void {
  const missing = [...commands].filter(
    ([event, command]) =>
      !hooks.some(
        (hook) => hook.event === event && hook.command === command && hook.called && hook.source === fromCommandLine,
      ),
  )
  if (missing.length === 0) return
  throw new Error(
    `Codex would not call Loki's hooks for ${missing.map(([event]) => event).join(', ')}, so nothing that it does would be ` +
      'checked. An administrator may have switched hooks off or allowed only managed ones (requirements.toml: features.hooks, ' +
      'allow_managed_hooks_only).',
  )
}

/** `PreToolUse` as Codex' own protocol spells it: `preToolUse`. */
function eventName(event: string): string {
  return event.charAt(0).toLowerCase() + event.slice(1)
}

/** The reason, in one sentence, that a run must not begin. */
export function withoutHooks(thrown: unknown): string {
  return `codex was not started, because its hooks could not be set up: ${messageOf(thrown)}`
}
