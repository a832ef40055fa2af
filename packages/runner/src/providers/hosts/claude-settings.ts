import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hookTable } from '@loki/guard'
import type { ProviderTurn } from '../provider.js'
import { pinnedVariables } from './environment.js'
import { hooksIn, readSettings } from './project-settings.js'

/** What Claude Code reads in a project that can name programs or switch hooks off. */
export const claudeProjectFiles: readonly string[] = [
  '.claude/settings.json',
  '.claude/settings.local.json',
  '.mcp.json',
]

/** Hooks of these events may rewrite a call, all at once: after ours has let it through as it was. */
const rewritingEvents: readonly string[] = ['PreToolUse', 'PermissionRequest']

/** Any of these makes Claude Code skip every hook, those of `--settings` too; an `env` setting of the user's is enough. */
const hookSwitches = ['CLAUDE_CODE_SIMPLE', 'CLAUDE_CODE_SAFE_MODE'] as const

/** Its own marker for a session inside a session, which this one is not. */
const nestingMarker = 'CLAUDECODE'

/** Writes the settings of one run, for `--settings`, and gives their path. They stand above the project's and the user's. */
export function writeClaudeSettings({ scratchDir, env, hookCommand }: ProviderTurn): string {
  const settings = {
    disableAllHooks: false,
    env: { ...pinnedVariables(env), ...Object.fromEntries(hookSwitches.map((name) => [name, '0'])) },
    hooks: {
      ...hookTable('claude', hookCommand),
      // Nobody has a reason to change settings while nobody watches, and a change takes effect at once.
      ConfigChange: [shellHook(undefined, noChange)],
      // Our hook has decided on an MCP tool already; without this Claude Code would want to ask a person, and refuse.
      PermissionRequest: [shellHook('mcp__.*', mcpAllowed)],
    },
  }
  const file = join(mkdtempSync(join(scratchDir, 'claude-')), 'settings.json')
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600, flag: 'wx' })
  return file
}

/** The environment without what would switch hooks off. */
export function claudeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const dropped = new Set<string>([...hookSwitches, nestingMarker])
  return Object.fromEntries(Object.entries({ ...env, ...pinnedVariables(env) }).filter(([name]) => !dropped.has(name)))
}

/** The reason why Claude Code must not run in this project, or `undefined`. */
export function claudeProjectProblem({ projectDir, hookCommand }: ProviderTurn): string | undefined {
  const ours = new Set(
    Object.values(hookTable('claude', hookCommand)).flatMap((groups) =>
      groups.flatMap(({ hooks }) => hooks.map(({ command }) => command)),
    ),
  )
  for (const file of ['.claude/settings.json', '.claude/settings.local.json']) {
    const foreign = hooksIn(readSettings(join(projectDir, file))).find(
      ({ event, command }) => rewritingEvents.includes(event) && !ours.has(command),
    )
    if (foreign === undefined) continue
    return (
      `${file} has a ${foreign.event} hook of its own (${foreign.name.slice(0, 80)}), and it could change a call after Loki ` +
      'has decided on it. Take it out of the project, or move it to your user settings; a hook of another installation of ' +
      'Loki goes with "loki hooks uninstall claude".'
    )
  }
  return undefined
}

const noChange = { decision: 'block', reason: 'Loki: settings do not change while a governed session runs.' }
const mcpAllowed = { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } } }

/** A hook that always gives one answer; the answers hold no quote that ends a shell word. */
function shellHook(matcher: string | undefined, answer: unknown): unknown {
  const command = `printf %s '${JSON.stringify(answer)}'`
  return {
    ...(matcher === undefined ? {} : { matcher }),
    hooks: [{ type: 'command', command, timeout: 30, onFailure: 'block' }],
  }
}
