import { hookHost, hooksStatus, installHooks, trustCodexHooks, uninstallHooks } from '@loki/guard'
import type { HookChange, HookHost, HookInstallOptions, HookStatus } from '@loki/guard'
import type { ExitName } from '../exit.js'
import type { Output } from '../output.js'
import { hookCommand } from '../program-file.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'

export interface HooksOptions {
  readonly user?: boolean
  readonly dryRun?: boolean
}

/** `loki hooks install`. */
export async function install(call: Call<HooksOptions>): Promise<ExitName | undefined> {
  const host = hostOf(call)
  const options = placeOf(call)
  const change = installHooks(host, options)
  const { output } = call
  const dryRun = options.dryRun === true
  // Codex skips hooks that it was not told to trust, silently.
  const trusted = host === 'codex' && !dryRun ? ((await trustCodexHooks(options)) ?? []) : []
  if (output.json) output.record({ host, dryRun, ...change, ...(host === 'codex' ? { trusted } : {}) })
  else told(output, change, dryRun, 'written to', 'already has the hooks')
  if (dryRun) return undefined
  if (host === 'codex' && trusted.length === 0) {
    output.note('codex is not on the path, so it could not be told to trust them: install it, then do this again.')
  }
  output.note(output.noteColor.dim(`Prove that they bind: loki hooks status ${host}`))
  return undefined
}

/** `loki hooks uninstall`. */
export function uninstall(call: Call<HooksOptions>): Promise<ExitName | undefined> {
  const host = hostOf(call)
  const options = placeOf(call)
  const change = uninstallHooks(host, options)
  if (call.output.json) call.output.record({ host, dryRun: options.dryRun === true, ...change })
  else told(call.output, change, options.dryRun === true, 'taken out of', 'has no hooks of Loki')
  return Promise.resolve(undefined)
}

/** `loki hooks status`: ends with 1 where a denial would not stop the agent. */
export async function status(call: Call<HooksOptions>): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  const found = await hooksStatus(hostOf(call), { projectDir, env: process.env })
  if (output.json) output.record(found)
  else output.data(report(output, found))
  return found.binds ? 'done' : 'failed'
}

function hostOf(call: Call<HooksOptions>): HookHost {
  return hookHost(call.args[0] ?? '')
}

function placeOf({ options, projectDir }: Call<HooksOptions>): HookInstallOptions {
  return {
    projectDir,
    env: process.env,
    scope: options.user === true ? 'user' : 'project',
    hookCommand: hookCommand(),
    ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
  }
}

function told(output: Output, change: HookChange, dryRun: boolean, done: string, nothing: string): void {
  if (dryRun && change.content !== undefined) output.data(change.content)
  if (!change.changed) output.note(`${change.file} ${nothing}; nothing to do.`)
  else if (dryRun) output.note(`Not written: ${change.file} would become this.`)
  else output.note(`Hooks ${done} ${change.file}`)
}

function report(output: Output, found: HookStatus): string {
  const { color } = output
  const head = found.binds
    ? `${color.green('✓ binds')}  ${found.host}: a denied action does not run`
    : `${color.red('✗ does not bind')}  ${found.host}`
  const places = found.places
    .filter(({ events }) => events.length > 0)
    .map(({ scope, file, canary }) => {
      const seen =
        canary === undefined ? '' : ` (canary ${canary.blocked ? 'blocked' : 'let through'} in ${canary.durationMs} ms)`
      return `  ${scope}: ${file}${seen}`
    })
  const problems = found.problems.map((problem) => `  ${color.red('!')} ${plain(problem)}`)
  const residual = found.residual.map((hole) => color.dim(`  - ${hole}`))
  return [head, ...places, ...problems, color.dim('What hooks of this host cannot stop:'), ...residual].join('\n')
}
