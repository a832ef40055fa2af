import { resolve } from 'node:path'
import { openCheckpoint } from '../checkpoint/checkpoint.js'
import type { Checkpoint } from '../checkpoint/checkpoint.js'
import { AuditError } from '../error.js'
import { inTurn } from './anchor.js'
import type { AnchorOptions, NamedAnchor } from './anchor.js'
import { openRepository } from './git.js'
import type { Repository } from './git.js'
import { refuseOlder } from './older.js'
import { keepReceipt } from './receipt.js'

const REF = /^refs\/(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9][A-Za-z0-9._/-]{0,200}(?<![./])$/
const REMOTE = /^[A-Za-z0-9_.:/@~+-]{1,1000}$/
const ATTEMPTS = 5

export interface GitAnchorOptions extends AnchorOptions {
  /** A repository, bare or not. Neither its work tree nor its index is touched, and none of its hooks runs. */
  readonly repository: string
  /** Default `refs/loki/audit`. */
  readonly ref?: string | undefined
  /** A remote, by name or address, that gets the ref too; default none. */
  readonly remote?: string | undefined
  /** How long one call of git may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined
}

/** Commits checkpoints to a ref of their own in a git repository, and pushes it where a remote is named. */
export function gitAnchor(options: GitAnchorOptions): NamedAnchor {
  const { ref = 'refs/loki/audit', remote } = options
  const repository = resolve(options.repository)
  if (!REF.test(ref)) throw invalid(`the ref of a git anchor to be like refs/loki/audit, got ${JSON.stringify(ref)}`)
  if (remote !== undefined && (!REMOTE.test(remote) || /^-|^ext:|::/.test(remote))) {
    throw invalid('the remote of a git anchor to be a name, a path or an address')
  }
  const next = inTurn()
  return {
    kind: 'git',
    name: repository,
    destination: `${repository} ${ref}${remote === undefined ? '' : ` to ${shown(remote)}`}`,
    keep: (checkpoint) => next(() => commit(checkpoint, { ...options, repository, ref, remote })),
  }
}

type Settings = GitAnchorOptions & { readonly ref: string }

async function commit(note: string, settings: Settings): Promise<void> {
  const { dir, ref, remote, now = (): Date => new Date() } = settings
  const checkpoint = openCheckpoint(note)
  if (checkpoint === undefined) return // cannot be: no owner was asked for
  const repository = await openRepository(settings.repository, settings.timeoutMs ?? 30_000)
  if ((await repository.checkedOut()) === ref) {
    throw invalid(`the ref of a git anchor to be one that nobody works on, got ${ref}, which is checked out`)
  }
  const made = await advance(repository, checkpoint, settings)
  if (remote !== undefined) await repository.git(['push', '--quiet', '--no-verify', '--', remote, `${ref}:${ref}`])
  keepReceipt(dir, {
    version: 1,
    kind: 'git',
    name: settings.repository,
    time: now().toISOString(),
    origin: checkpoint.origin,
    size: checkpoint.size,
    checkpoint: note,
    ref,
    commit: made,
    ...(remote === undefined ? { warning: LOCAL } : { remote: shown(remote) }),
  })
}

const LOCAL = 'not pushed: whoever can write the repository can put it back'

/** Adds a commit behind the one that the ref has; somebody else may be quicker, and then it is made anew behind theirs. */
async function advance(repository: Repository, checkpoint: Checkpoint, { ref }: Settings): Promise<string> {
  const { origin, size, time, note } = checkpoint
  const name = `${origin.replace(/[^A-Za-z0-9.-]+/g, '-')}.checkpoint`
  for (let attempt = 0; ; attempt++) {
    const parent = await repository.read(ref)
    const entries = parent === undefined ? [] : await repository.entries(parent)
    const before = entries.find((entry) => entry.name === name)
    if (before !== undefined) refuseOlder(checkpoint, await repository.text(before.id), `${ref} of the repository`)
    const blob = await repository.write(note)
    const tree = await repository.tree([
      ...entries.filter((entry) => entry !== before),
      { name, id: blob, kind: '100644 blob' },
    ])
    const made = await repository.commit({ tree, parent, time, message: `audit: ${size} entries of ${origin}` })
    try {
      await repository.move(ref, { from: parent, to: made })
      return made
    } catch (error) {
      if (attempt === ATTEMPTS || (await repository.read(ref)) === parent) throw error
    }
  }
}

/** A remote's address may hold a password. */
function shown(remote: string): string {
  return remote.replace(/\/\/[^/@]*@/, '//')
}

function invalid(expected: string): AuditError {
  return new AuditError('INVALID_SETTING', `expected ${expected}`)
}
