import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HookHost } from './definition.js'

/** Whose settings: the project's, which travel with the repository, or the user's, which hold in every project. */
export type HookScope = 'project' | 'user'

export type HookPlace = { readonly projectDir: string; readonly env: NodeJS.ProcessEnv }

/** The settings file that holds a host's hooks. */
export function settingsFile(host: HookHost, scope: HookScope, place: HookPlace): string {
  const { projectDir, env } = place
  if (host === 'codex') return join(scope === 'project' ? join(projectDir, '.codex') : codexHome(env), 'hooks.json')
  if (host === 'gemini') return join(scope === 'project' ? projectDir : homeOf(env), '.gemini', 'settings.json')
  return scope === 'project'
    ? join(projectDir, '.claude', 'settings.json')
    : join(env.CLAUDE_CONFIG_DIR ?? join(homeOf(env), '.claude'), 'settings.json')
}

/** Codex' own folder: `CODEX_HOME`, else `~/.codex`. */
function codexHome(env: NodeJS.ProcessEnv): string {
  return env.CODEX_HOME ?? join(homeOf(env), '.codex')
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME ?? homedir()
}
