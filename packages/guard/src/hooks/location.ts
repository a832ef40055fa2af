import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HookHost } from './definition.js'

/** Whose settings: the project's, which travel with the repository, or the user's, which hold in every project. */
export type HookScope = 'project' | 'user'

export type HookPlace = { readonly projectDir: string; readonly env: NodeJS.ProcessEnv }

/** The settings file, for opencode the plugin, that holds a host's hooks. */
export function settingsFile(host: HookHost, scope: HookScope, place: HookPlace): string {
  const base = scope === 'project' ? place.projectDir : homeOf(place.env)
  switch (host) {
    case 'claude':
      return scope === 'user' && place.env.CLAUDE_CONFIG_DIR !== undefined
        ? join(place.env.CLAUDE_CONFIG_DIR, 'settings.json')
        : join(base, '.claude', 'settings.json')
    case 'codex':
      return scope === 'user' ? join(codexHome(place.env), 'hooks.json') : join(base, '.codex', 'hooks.json')
    case 'gemini':
      return join(base, '.gemini', 'settings.json')
    case 'opencode':
      return scope === 'project'
        ? join(base, '.opencode', 'plugin', 'loki.js')
        : join(place.env.XDG_CONFIG_HOME ?? join(base, '.config'), 'opencode', 'plugin', 'loki.js')
    case 'copilot':
      return scope === 'project'
        ? join(base, '.github', 'hooks', 'loki.json')
        : join(copilotHome(place.env), 'hooks', 'loki.json')
    case 'cursor':
      return join(base, '.cursor', 'hooks.json')
  }
}

/** Files beside the hooks in which a setting can switch them off, by host. */
export function switchFiles(host: HookHost, place: HookPlace): readonly string[] {
  const { projectDir, env } = place
  switch (host) {
    case 'claude':
      return [
        settingsFile(host, 'project', place),
        join(projectDir, '.claude', 'settings.local.json'),
        settingsFile(host, 'user', place),
      ]
    case 'gemini':
      return [settingsFile(host, 'project', place), settingsFile(host, 'user', place)]
    case 'copilot':
      return [
        join(projectDir, '.github', 'copilot', 'settings.json'),
        join(projectDir, '.github', 'copilot', 'settings.local.json'),
        join(copilotHome(env), 'settings.json'),
      ]
    default:
      return []
  }
}

/** Codex' own folder: `CODEX_HOME`, else `~/.codex`. */
function codexHome(env: NodeJS.ProcessEnv): string {
  return env.CODEX_HOME ?? join(homeOf(env), '.codex')
}

/** Copilot CLI's own folder: `COPILOT_HOME`, else `~/.copilot`. */
function copilotHome(env: NodeJS.ProcessEnv): string {
  return env.COPILOT_HOME ?? join(homeOf(env), '.copilot')
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME ?? homedir()
}
