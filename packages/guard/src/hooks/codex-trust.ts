import { withCodexApp } from './codex-app.js'
import type { CodexApp } from './codex-app.js'
import { HOOK_MARK } from './lines.js'
import type { HookPlace } from './location.js'

/** How Codex itself sees a hook of ours: it calls only those that are enabled and `trusted` or `managed`. */
export type CodexHook = {
  readonly key: string
  readonly event: string
  readonly file: string
  readonly enabled: boolean
  readonly trust: string
  readonly hash: string
}

/** Our hooks as Codex sees them, or `undefined` where there is no `codex` on the path to ask. */
export async function codexHooks(place: HookPlace): Promise<readonly CodexHook[] | undefined> {
  return asked(place, (app) => ownHooks(app, place))
}

/**
 * Tells Codex to trust our hooks, through its own `config/value/write`, so that its configuration stays its own to edit.
 * It skips untrusted hooks without a word. Gives the hooks as they are then; `undefined` without a `codex` on the path.
 */
export async function trustCodexHooks(place: HookPlace): Promise<readonly CodexHook[] | undefined> {
  return asked(place, async (app) => {
    const hooks = await ownHooks(app, place)
    const value = Object.fromEntries(hooks.map(({ key, hash }) => [key, { trusted_hash: hash }]))
    if (hooks.length > 0)
      await app.call('config/value/write', { keyPath: 'hooks.state', value, mergeStrategy: 'upsert' })
    return ownHooks(app, place)
  })
}

async function asked<T>({ projectDir, env }: HookPlace, work: (app: CodexApp) => Promise<T>): Promise<T | undefined> {
  try {
    return await withCodexApp({ cwd: projectDir, env }, work)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined // spawn errors carry a code: no codex
    throw thrown
  }
}

async function ownHooks(app: CodexApp, { projectDir }: HookPlace): Promise<readonly CodexHook[]> {
  const result = await app.call('hooks/list', { cwds: [projectDir] })
  const { data } = result as { data: readonly { hooks: readonly ListedHook[] }[] } // its published schema
  const own = data
    .flatMap(({ hooks }) => hooks)
    .filter(({ command }) => command?.trimEnd().endsWith(HOOK_MARK) === true)
  return own.map(({ key, eventName, sourcePath, enabled, trustStatus, currentHash }) => ({
    key,
    event: eventName,
    file: sourcePath,
    enabled,
    trust: trustStatus,
    hash: currentHash,
  }))
}

type ListedHook = {
  readonly key: string
  readonly eventName: string
  readonly command?: string | null
  readonly sourcePath: string
  readonly enabled: boolean
  readonly trustStatus: string
  readonly currentHash: string
}
