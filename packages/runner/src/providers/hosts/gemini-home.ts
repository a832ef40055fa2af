import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HOOK_MARK, hookTable } from '@loki/guard'
import { isMissing } from '../../errors.js'
import type { ProviderTurn } from '../provider.js'
import { pinnedVariables } from './environment.js'
import { fieldsOf, listOf, type Fields } from './fields.js'
import { hooksIn, readSettings } from './project-settings.js'

/** What Gemini CLI reads in a project that can name programs, switch hooks off or redirect it. */
export const geminiProjectFiles: readonly string[] = ['.gemini/settings.json', '.gemini/.env']

/** What Gemini CLI keeps for itself from run to run: a governed run has its own, and leaves no trace in the user's. */
const ownState = new Set(['settings.json', 'tmp', 'history', 'projects.json', 'trusted_hooks.json'])

/**
 * Makes a home for one run: the user's `~/.gemini`, entry by entry, but for `settings.json`, which is the user's with our
 * hooks added. A settings file of the system would stand above the project's, but Gemini CLI takes one only where it and
 * every folder above it belong to root; so our hooks stand below the project's settings, and those are dealt with here:
 * their hooks, which could change a call after ours has let it through, are switched off for the run by name, and ours
 * have a name that nobody could know.
 */
export function makeGeminiHome(turn: ProviderTurn): string {
  const home = mkdtempSync(join(turn.scratchDir, 'gemini-'))
  const folder = join(home, '.gemini')
  mkdirSync(folder, { mode: 0o700 })
  const userHome = turn.env.GEMINI_CLI_HOME ?? turn.env.HOME ?? homedir()
  for (const name of entriesOf(join(userHome, '.gemini'))) {
    if (!ownState.has(name)) symlinkSync(join(userHome, '.gemini', name), join(folder, name))
  }
  if (exists(join(userHome, '.env'))) symlinkSync(join(userHome, '.env'), join(home, '.env'))
  const settings = governed(readSettings(join(userHome, '.gemini', 'settings.json')), turn)
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings), { mode: 0o600, flag: 'wx' })
  return home
}

/** The variables of a run that lives in such a home. */
export function geminiEnvironment(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  return {
    ...env,
    ...pinnedVariables(env),
    GEMINI_CLI_HOME: home,
    // Without trust it ends at once, and calls no hook at all.
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    // Set to what they are, because the project's .env could name other files where they are not set.
    GEMINI_CLI_SYSTEM_SETTINGS_PATH: systemFile(env, 'settings'),
    GEMINI_CLI_SYSTEM_DEFAULTS_PATH: systemFile(env, 'defaults'),
  }
}

/** The reason why Gemini CLI must not run in this project, or `undefined`. */
export function geminiProjectProblem({ projectDir, env }: ProviderTurn): string | undefined {
  for (const file of [join(projectDir, '.gemini', 'settings.json'), systemFile(env, 'settings')]) {
    const { enabled } = fieldsOf(readSettings(file).hooksConfig)
    if (enabled !== undefined && enabled !== true) {
      return `${file} switches all hooks off (hooksConfig.enabled), Loki's too; take that out to work here under Loki.`
    }
  }
  return undefined
}

function governed(user: Fields, { projectDir, hookCommand }: ProviderTurn): Fields {
  const config = fieldsOf(user.hooksConfig)
  const foreign = hooksIn(readSettings(join(projectDir, '.gemini', 'settings.json'))).map(({ name }) => name)
  const name = `loki-${randomBytes(12).toString('hex')}`
  const hooks: Record<string, unknown> = config.enabled === false ? {} : { ...fieldsOf(user.hooks) }
  for (const [event, groups] of Object.entries(hookTable('gemini', hookCommand))) {
    const ours = groups.map((group) => ({
      ...group,
      // One after the other and ours last: so it sees the call as hooks of the user have changed it.
      sequential: true,
      hooks: group.hooks.map((hook) => ({ ...hook, name })),
    }))
    hooks[event] = [...listOf(hooks[event]).filter((group) => !isOurs(group)), ...ours]
  }
  return {
    ...user,
    // The agent may write the project's .env, and what stands there would be set for its next run, address and key too.
    advanced: { ...fieldsOf(user.advanced), ignoreLocalEnv: true },
    hooksConfig: { ...config, enabled: true, disabled: [...listOf(config.disabled), ...foreign] },
    hooks,
  }
}

/** A group that `loki hooks install` wrote: two of ours would decide and record everything twice. */
function isOurs(group: unknown): boolean {
  return hooksIn({ hooks: { any: [group] } }).some(({ command }) => command.trimEnd().endsWith(HOOK_MARK))
}

function systemFile(env: NodeJS.ProcessEnv, kind: 'settings' | 'defaults'): string {
  const name = kind === 'settings' ? 'settings.json' : 'system-defaults.json'
  const given = env[kind === 'settings' ? 'GEMINI_CLI_SYSTEM_SETTINGS_PATH' : 'GEMINI_CLI_SYSTEM_DEFAULTS_PATH']
  if (given !== undefined && given !== '') return given
  return join(process.platform === 'darwin' ? '/Library/Application Support/GeminiCli' : '/etc/gemini-cli', name)
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (thrown) {
    if (isMissing(thrown)) return []
    throw thrown
  }
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined
}
