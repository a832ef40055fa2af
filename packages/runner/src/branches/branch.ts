import { messageOf, RunnerError } from '../errors.js'
import { git, type GitOptions } from '../git.js'
import type { SessionBranch } from '../sessions/state.js'
import { readBranchSettings } from './settings.js'

export interface BranchOptions {
  readonly projectDir: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

const maxNamed = 5
const prefix = 'loki/session-'
const byCustom: readonly string[] = ['main', 'master', 'trunk', 'production', 'release/*']

/**
 * Makes the branch of a session where the project stands, and checks it out. The work tree must be clean, files that git does
 * not know yet too: what a person has begun would otherwise be committed as the session's. Throws `BRANCH_FAILED`.
 */
export async function createBranch(options: BranchOptions & { readonly now: Date }): Promise<SessionBranch> {
  const at = gitOptions(options)
  const from = await headOf(at)
  const open = await uncommitted(at)
  if (open.length > 0) {
    const named =
      open.slice(0, maxNamed).join(', ') + (open.length > maxNamed ? ` and ${open.length - maxNamed} more` : '')
    throw failed(
      `the work tree must be clean, and these are not committed: ${named}. Commit them, stash them, or have git ignore them`,
    )
  }
  const base = await currentBranch(at)
  const name = `${prefix}${Math.floor(options.now.getTime() / 1000)}-${process.pid}`
  try {
    await git(['checkout', '--quiet', '-b', name], at)
  } catch (cause) {
    throw failed(`${name} could not be made: ${messageOf(cause)}`, cause)
  }
  // A hook of the user's may have checked out something else.
  if ((await currentBranch(at)) !== name)
    throw failed(`${name} was made, and then is not the branch that is checked out`)
  return { name, from, ...(base === undefined ? {} : { base }) }
}

/**
 * The branches that no session may make or push to under branch protection: the one that is checked out, and those that people
 * keep for themselves by custom. None where `LOKI_BRANCH_PROTECTION` is off; patterns as in `SCOPE_DENIED_BRANCHES`.
 */
export async function protectedBranches(
  projectDir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly string[]> {
  if (!readBranchSettings(env).protection) return []
  const at = gitOptions({ projectDir, env, signal: new AbortController().signal })
  const base = await currentBranch(at).catch(() => undefined) // where it cannot be told, the session does not begin
  return [...new Set([...byCustom, ...(base === undefined || base.startsWith(prefix) ? [] : [base])])]
}

/** Throws `BRANCH_FAILED` where the session has left its branch, or has moved the one it came from. */
export async function assertOnBranch({ name, base, from }: SessionBranch, options: BranchOptions): Promise<void> {
  const at = gitOptions(options)
  const now = await currentBranch(at)
  if (now !== name) throw failed(`the session worked on ${name}, and ${now ?? 'no branch'} is checked out at its end`)
  if (base === undefined) return
  const tip = (await git(['rev-parse', '--verify', `refs/heads/${base}`], at)).trim()
  if (tip !== from)
    throw failed(`${base} was at ${from} when the session began and is at ${tip} at its end; nothing was delivered`)
}

/** Paths that differ from the last commit, or that git does not know yet. */
export async function uncommitted(at: GitOptions): Promise<readonly string[]> {
  const listed = await git(['status', '--porcelain=v1', '-z', '--untracked-files=normal', '--no-renames'], at)
  return listed.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(3)]))
}

/** Git as the user has set it up, hooks and identity with it; it asks nobody. */
export function gitOptions({ projectDir, env, signal }: BranchOptions): GitOptions {
  const own: NodeJS.ProcessEnv = { ...env, GIT_TERMINAL_PROMPT: '0', GH_PROMPT_DISABLED: '1' }
  // Of a hook that this may run in: they would lead git to another repository.
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']) Reflect.deleteProperty(own, name)
  return { cwd: projectDir, env: own, signal }
}

export function failed(problem: string, cause?: unknown): RunnerError {
  return new RunnerError('BRANCH_FAILED', `LOKI_BRANCH_PROTECTION: ${problem}.`, { cause })
}

async function headOf(at: GitOptions): Promise<string> {
  try {
    return (await git(['rev-parse', '--verify', 'HEAD^{commit}'], at)).trim()
  } catch (cause) {
    throw failed(`it needs a git repository with a first commit: ${messageOf(cause)}`, cause)
  }
}

/** Undefined where a commit is checked out and no branch. */
async function currentBranch(at: GitOptions): Promise<string | undefined> {
  const name = (await git(['rev-parse', '--symbolic-full-name', 'HEAD'], at)).trim()
  return name.startsWith('refs/heads/') ? name.slice('refs/heads/'.length) : undefined
}
