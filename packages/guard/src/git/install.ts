import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { GuardError, messageOf } from '../errors.js'
import { HOOK_MARK } from '../hooks/definition.js'

const GIT_MS = 10_000
/** What a hook that was there before is called while ours is in its place. */
const BEFORE = 'pre-push.before-loki'

/** Where a repository has its pre-push hook, and what stands there. */
export type GitHookState = {
  readonly file: string
  /** `ours` runs `loki`; `other` is somebody else's; `none` means that pushes are not checked by a hook. */
  readonly found: 'ours' | 'other' | 'none'
  /** A hook of somebody else's that ours runs after it, by name. */
  readonly runsAfter?: string
}

/** What was done to the hook of a repository. */
export type GitHookChange = GitHookState & { readonly changed: boolean }

/** Looks at the pre-push hook of the repository that holds a folder. Throws `NOT_A_REPOSITORY`. */
export function gitHookState(projectDir: string): GitHookState {
  const file = join(hooksFolder(projectDir), 'pre-push')
  const text = readHook(file)
  const before = join(dirname(file), BEFORE)
  const runsAfter = readHook(before) === undefined ? {} : { runsAfter: BEFORE }
  if (text === undefined) return { file, found: 'none', ...runsAfter }
  return { file, found: text.includes(HOOK_MARK) ? 'ours' : 'other', ...runsAfter }
}

/**
 * Writes a pre-push hook that asks the guard before anything is sent. A hook that is there already keeps running, after ours.
 * @param command the program that answers, with its arguments: `[node, main.js, 'git-hook', 'pre-push']`
 */
export function installGitHook(projectDir: string, command: readonly string[]): GitHookChange {
  const state = gitHookState(projectDir)
  const { file } = state
  const text = scriptOf(command)
  if (readHook(file) === text) return { ...state, changed: false }
  mkdirSync(dirname(file), { recursive: true })
  const before = join(dirname(file), BEFORE)
  if (state.found === 'other') {
    if (state.runsAfter !== undefined) {
      throw new GuardError('BAD_SETTINGS_FILE', `${before} is there already; join it with ${file}, then do this again.`)
    }
    renameSync(file, before)
  }
  writeFileSync(`${file}.loki-new`, text, { mode: 0o755 })
  chmodSync(`${file}.loki-new`, 0o755)
  renameSync(`${file}.loki-new`, file)
  return { ...gitHookState(projectDir), changed: true }
}

/** Takes our hook out and puts the one that was there before back in its place. */
export function uninstallGitHook(projectDir: string): GitHookChange {
  const state = gitHookState(projectDir)
  if (state.found !== 'ours') return { ...state, changed: false }
  if (state.runsAfter === undefined) rmSync(state.file)
  else renameSync(join(dirname(state.file), BEFORE), state.file)
  return { ...gitHookState(projectDir), changed: true }
}

/** git runs it with the remote's name and address, at the top of the work tree, and takes any exit code but 0 for a no. */
function scriptOf(command: readonly string[]): string {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return `#!/bin/sh
${HOOK_MARK}: asks Loki before a push; \`loki git-hook uninstall\` takes it out again.
updates=$(cat; printf x) || exit 1
updates=\${updates%x}
printf '%s' "$updates" | ${words} "$@" || {
  echo 'Loki: the push was refused, or could not be checked.' >&2
  exit 1
}
before="\${0%/*}/${BEFORE}"
[ -x "$before" ] || exit 0
printf '%s' "$updates" | "$before" "$@"
`
}

/** The hooks folder by git's own word: `core.hooksPath` and linked work trees have others. */
function hooksFolder(projectDir: string): string {
  try {
    const said = execFileSync('git', ['rev-parse', '--git-path', 'hooks'], {
      cwd: projectDir,
      encoding: 'utf8',
      timeout: GIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return resolve(projectDir, said.trimEnd())
  } catch (cause) {
    throw new GuardError('NOT_A_REPOSITORY', `Expected ${projectDir} to be in a git repository: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function readHook(file: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  return stats.isFile() && stats.size < 1_000_000 ? readFileSync(file, 'utf8') : ''
}
