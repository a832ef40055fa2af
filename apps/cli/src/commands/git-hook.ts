import { gitHookState, installGitHook, pushAction, refusalText, remoteGuard, uninstallGitHook } from '@loki/guard'
import type { GitHookChange } from '@loki/guard'
import type { ExitName } from '../exit.js'
import { startGuardProcess } from '../guard-process.js'
import { buildName, programFile } from '../program-file.js'
import type { Call } from '../program/define.js'
import { readStandardInput } from '../standard-input.js'

export interface GitHookOptions {
  readonly dir?: string
}

/** `loki git-hook install`. */
export function install(call: Call<GitHookOptions>): Promise<ExitName | undefined> {
  const change = installGitHook(call.projectDir, [process.execPath, programFile(), 'git-hook', 'pre-push'])
  told(call, change, 'Pushes are checked by')
  if (change.runsAfter !== undefined) call.output.note(`The hook that was there runs after it, as ${change.runsAfter}.`)
  return Promise.resolve(undefined)
}

/** `loki git-hook uninstall`. */
export function uninstall(call: Call<GitHookOptions>): Promise<ExitName | undefined> {
  told(call, uninstallGitHook(call.projectDir), 'Taken out:')
  return Promise.resolve(undefined)
}

/** `loki git-hook status`: ends with 1 where pushes are not checked. */
export function status(call: Call<GitHookOptions>): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  const state = gitHookState(projectDir)
  if (output.json) output.record(state)
  else {
    const said = { ours: 'asks Loki', other: 'is somebody else’s and does not ask Loki', none: 'is not there' }
    output.data(`${state.file} ${said[state.found]}`)
  }
  return Promise.resolve(state.found === 'ours' ? undefined : 'failed')
}

/** `loki git-hook pre-push`: what the hook runs before anything is sent. */
export async function prePush(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, projectDir, args } = call
  const [remote = ''] = args
  const input = await readStandardInput()
  const action = pushAction({ remote, input, projectDir, cwd: process.cwd(), session: process.env.LOKI_SESSION_ID })
  if (action === undefined) return undefined
  const guard = remoteGuard({ build: buildName(), startGuard: startGuardProcess })
  try {
    const verdict = await guard.check(action)
    if (verdict.decision === 'ALLOW') return undefined
    output.error(`Loki: ${refusalText(verdict)}`)
    return verdict.decision === 'DENY' ? 'denied' : 'waiting'
  } finally {
    await guard.close()
  }
}

function told({ output }: Call<GitHookOptions>, change: GitHookChange, done: string): void {
  if (output.json) output.record(change)
  else output.note(change.changed ? `${done} ${change.file}` : `${change.file}: nothing to do.`)
}
