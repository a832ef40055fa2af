import { join } from 'node:path'
import { settingsFile } from './location.js'
import { ownHooks, readSettings } from './settings.js'

/**
 * Whether Claude Code would still call our hooks: no settings file that it reads switches all hooks off, and at least
 * one of them holds ours. A file that cannot be read counts as one that switches them off.
 */
export function claudeHooksIntact(projectDir: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const place = { projectDir, env }
  const files = [
    settingsFile('claude', 'project', place),
    join(projectDir, '.claude', 'settings.local.json'),
    settingsFile('claude', 'user', place),
  ]
  try {
    const all = files.map((file) => readSettings(file) ?? {})
    return (
      all.every((settings) => settings.disableAllHooks !== true) &&
      all.some((settings) => ownHooks(settings).has('PreToolUse'))
    )
  } catch {
    return false
  }
}
