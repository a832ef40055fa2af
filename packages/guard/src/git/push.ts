import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import type { Action } from '../action.js'
import { GuardError } from '../errors.js'

const OBJECT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const GIT_MS = 10_000
const MAX_UPDATES = 1_000

/** One branch or tag that a push would change, as git says it to its pre-push hook (githooks(5)). */
type PushUpdate = {
  /** The object that is pushed; undefined where the remote's is deleted. */
  readonly object: string | undefined
  /** `refs/heads/main`. */
  readonly remoteRef: string
  /** What the remote has there now; undefined where it has nothing. */
  readonly remoteObject: string | undefined
}

export type PushCall = {
  /** The remote by name, or its address where it has none. */
  readonly remote: string
  /** The hook's standard input: `<local ref> <object> <remote ref> <object>` on each line. */
  readonly input: string
  readonly projectDir: string
  readonly cwd: string
  readonly session?: string | undefined
}

/**
 * A push as an action: the `git push` command that says exactly what would change at the remote, so that the rules about
 * commands and branches judge it, however the push was begun. Undefined where it would change nothing. Throws
 * `BAD_HOOK_INPUT` for what git does not write.
 */
export function pushAction(call: PushCall): Action | undefined {
  const updates = updatesOf(call.input)
  if (updates.length === 0) return undefined
  const refspecs = updates.map((update) => refspecOf(update, call.cwd))
  return {
    kind: 'git',
    session: call.session ?? 'git',
    agent: call.session === undefined ? userName() : 'main',
    host: 'git',
    tool: 'pre-push',
    cwd: call.cwd,
    projectDir: call.projectDir,
    command: ['git', 'push', call.remote, ...refspecs].map(quoted).join(' '),
  }
}

function updatesOf(input: string): readonly PushUpdate[] {
  const lines = input.split('\n').filter((line) => line !== '')
  if (lines.length > MAX_UPDATES) throw bad(`at most ${MAX_UPDATES} references in one push, got ${lines.length}`)
  return lines.map((line) => {
    const [local, object = '', remoteRef = '', remoteObject = '', ...more] = line.split(' ')
    if (
      local === undefined ||
      more.length > 0 ||
      !OBJECT.test(object) ||
      !OBJECT.test(remoteObject) ||
      remoteRef === ''
    ) {
      throw bad(`lines of four words from git, got ${JSON.stringify(line.slice(0, 200))}`)
    }
    return { object: present(object), remoteRef, remoteObject: present(remoteObject) }
  })
}

/** git writes zeros for "none". */
function present(object: string): string | undefined {
  return /^0+$/.test(object) ? undefined : object
}

function refspecOf({ object, remoteRef, remoteObject }: PushUpdate, cwd: string): string {
  if (object === undefined) return `:${remoteRef}`
  const rewrites = remoteObject !== undefined && remoteObject !== object && !isAncestor(remoteObject, object, cwd)
  return `${rewrites ? '+' : ''}${object}:${remoteRef}`
}

/** Whether the remote's commit is part of what is pushed. Where git cannot say, it is not: the push may throw it away. */
function isAncestor(older: string, newer: string, cwd: string): boolean {
  try {
    execFileSync('git', ['merge-base', '--is-ancestor', older, newer], { cwd, stdio: 'ignore', timeout: GIT_MS })
    return true
  } catch {
    return false
  }
}

/** Only read by our own parser, never run: POSIX quoting keeps a name with `;` or `$` one word. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_/.:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${String(process.getuid?.() ?? 'unknown')}`
  }
}

function bad(expected: string): GuardError {
  return new GuardError('BAD_HOOK_INPUT', `The pre-push hook expected ${expected}.`)
}
