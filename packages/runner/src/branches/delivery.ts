import type { Action } from '@loki/guard'
import { messageOf } from '../errors.js'
import { parsePatch } from '../gates/security/patch.js'
import { secretsIn } from '../gates/security/scan.js'
import { git, program, type GitOptions } from '../git.js'
import { findProgram } from '../processes/program.js'
import type { Session } from '../sessions/session.js'
import type { SessionBranch } from '../sessions/state.js'
import { assertOnBranch, failed, gitOptions, uncommitted } from './branch.js'
import type { BranchSettings } from './settings.js'

/** What became of the branch of a session. */
export interface Delivery extends SessionBranch {
  /** Why there is no pull request, in a sentence. */
  readonly reason?: string
  /** The commands that open it, as a shell takes them. */
  readonly next?: readonly string[]
}

export interface DeliveryOptions {
  readonly session: Session
  readonly branch: SessionBranch
  readonly settings: BranchSettings
  readonly env: NodeJS.ProcessEnv
  /** Fingerprints of findings that a person lets stay. */
  readonly allow: readonly string[]
}

/**
 * Commits what the session has done on its branch and opens a pull request with `gh`, or says how to. Every step is asked of the
 * guard. Throws `BRANCH_FAILED` where the work could not be committed, or one of its commits holds a secret; that there is no
 * pull request is no failure.
 */
export async function deliver(options: DeliveryOptions): Promise<Delivery> {
  const { session, branch, settings, env } = options
  const { projectDir, stopSignal: signal } = session
  const at = gitOptions({ projectDir, env, signal })
  await assertOnBranch(branch, { projectDir, env, signal })
  if (!settings.commit) return { ...branch, reason: 'the work is not committed, as LOKI_BRANCH_COMMIT asks for' }
  await commit(session, at)
  const commits = Number(await git(['rev-list', '--count', `${branch.from}..HEAD`], at))
  if (commits === 0) return { ...branch, reason: 'nothing was changed' }
  const head = (await git(['rev-parse', 'HEAD'], at)).trim()
  const patches = ['--format=', '--patch', '-m', '--text', '--unified=0']
  const quiet = ['--no-renames', '--no-color', '--no-ext-diff', '--no-textconv']
  const history = await git(['log', ...patches, ...quiet, `${branch.from}..HEAD`, '--'], at)
  const secrets = secretsIn(parsePatch(history), options.allow)
  if (secrets.length > 0) throw failed(`its commits hold what must not be sent: ${secrets.slice(0, 5).join('; ')}`)
  const committed = { ...branch, commit: head }
  session.update({ branch: committed })
  session.chronicle.show({
    kind: 'branch',
    session: session.id,
    change: 'committed',
    branch: branch.name,
    commit: head,
  })
  await session.chronicle.record('branch.committed', { branch: branch.name, commit: head, commits })
  return await openPullRequest(session, committed, at)
}

async function commit(session: Session, at: GitOptions): Promise<void> {
  if ((await uncommitted(at)).length === 0) return
  const { title, body } = wordsOf(session)
  const args = ['commit', '--quiet', '--message', title, '--message', body]
  const refused = await refusal(session, [['git', ...args]])
  if (refused !== undefined) throw failed(`the work was not let be committed: ${refused}`)
  try {
    await git(['add', '--all'], at)
    await git(args, at)
  } catch (cause) {
    throw failed(`the work could not be committed: ${messageOf(cause)}`, cause)
  }
  const left = await uncommitted(at)
  if (left.length > 0) throw failed(`a hook has changed what was committed: ${left.slice(0, 5).join(', ')}`)
}

async function openPullRequest(session: Session, branch: SessionBranch, at: GitOptions): Promise<Delivery> {
  const { title, body } = wordsOf(session)
  const { name, base } = branch
  const remote = await remoteOf(base, at)
  const push = ['git', 'push', '--set-upstream', remote ?? 'origin', `HEAD:refs/heads/${name}`]
  const into = base === undefined ? [] : ['--base', base]
  const create = ['gh', 'pr', 'create', ...into, '--head', name, '--title', title, '--body']
  // On one line each, so that it can be copied from a terminal.
  const lines = [push, [...create, `Session: ${session.id}`]].map(lineOf)
  const byHand = (reason: string): Delivery => ({ ...branch, reason, next: lines })
  if (remote === undefined) return byHand('the repository has no remote to send it to')
  const gh = findProgram('gh', at.env)
  if (gh === undefined) return byHand('gh is not installed')
  const refused = await refusal(session, [push, [...create, body]])
  if (refused !== undefined) return byHand(`it was not let be sent: ${refused}`)
  try {
    await program(gh, ['auth', 'status'], at)
    await git(push.slice(1), at)
    const said = await program(gh, [...create.slice(1), body], at)
    const url = /https:\/\/\S+/.exec(said)?.[0]
    const about = { branch: name, ...(url === undefined ? {} : { url }) }
    session.chronicle.show({ kind: 'branch', session: session.id, change: 'pull_request', ...about })
    await session.chronicle.record('branch.pull_request', about)
    const opened = { ...branch, ...(url === undefined ? {} : { pullRequest: url }) }
    session.update({ branch: opened })
    return opened
  } catch (thrown) {
    return byHand(`the pull request could not be opened: ${messageOf(thrown)}`)
  }
}

/** Where the branch that the session came from is sent to; `origin` where it has no place of its own. */
async function remoteOf(base: string | undefined, at: GitOptions): Promise<string | undefined> {
  const remotes = (await git(['remote'], at)).split('\n').filter((name) => name !== '')
  const own = base === undefined ? '' : await git(['config', '--get', `branch.${base}.remote`], at).catch(() => '')
  return [own.trim(), 'origin'].find((name) => remotes.includes(name))
}

/** Why the guard does not let these commands run; undefined where it does. */
async function refusal(session: Session, commands: readonly (readonly string[])[]): Promise<string | undefined> {
  const { id, projectDir, guard, stopSignal: signal } = session
  for (const argv of commands) {
    const about = { session: id, agent: 'runner', host: 'cli', cwd: projectDir, projectDir } as const
    const action: Action = { kind: 'command', ...about, tool: 'branch', command: lineOf(argv) }
    const verdict = await guard.check(action, { signal })
    guard.agentEnded(id, action.agent)
    if (verdict.decision !== 'ALLOW') return verdict.reason
  }
  return undefined
}

function wordsOf({ id, state }: Session): { readonly title: string; readonly body: string } {
  const done = state.tasks.filter(({ status }) => status === 'completed')
  const [first] = done
  const title = done.length === 1 && first !== undefined ? first.title : `${done.length} tasks`
  const list = done.map((task) => `- ${task.title}`).join('\n')
  return { title: title.slice(0, 72).trim() || 'Work of a session', body: `${list}\n\nSession: ${id}` }
}

/** One command as a POSIX shell reads it. */
function lineOf(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w/.:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
