import { execFile } from 'node:child_process'
import { AuditError } from '../error.js'

const MOST_BYTES = 4 * 1024 * 1024
const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** A member of a commit: a file, or whatever else somebody put there. */
interface TreeEntry {
  readonly name: string
  readonly id: string
  /** Mode and type, `100644 blob` of a file. */
  readonly kind: string
}

/** What git can do here: make objects and move one ref. Everything rejects with `ANCHOR_FAILED`. */
export interface Repository {
  git(args: readonly string[], input?: string): Promise<string>
  /** The commit of a ref; undefined where there is no such ref. */
  read(ref: string): Promise<string | undefined>
  /** The branch that is checked out, as a ref; undefined in a bare repository. */
  checkedOut(): Promise<string | undefined>
  entries(commit: string): Promise<readonly TreeEntry[]>
  text(blob: string): Promise<string>
  write(text: string): Promise<string>
  tree(entries: readonly TreeEntry[]): Promise<string>
  commit(commit: {
    readonly tree: string
    readonly parent: string | undefined
    readonly time: number
    readonly message: string
  }): Promise<string>
  /** Moves a ref, but only from where it was thought to be. */
  move(ref: string, way: { readonly from: string | undefined; readonly to: string }): Promise<void>
}

/** Finds a repository by a folder of its work tree, or by its own. */
export async function openRepository(folder: string, timeoutMs: number): Promise<Repository> {
  const gitDir = (await run(['-C', folder, 'rev-parse', '--absolute-git-dir'], { timeoutMs })).trim()
  const git = (args: readonly string[], input?: string, time?: number): Promise<string> =>
    run([`--git-dir=${gitDir}`, ...SAFE, ...args], { timeoutMs, input, time })
  const made = async (output: Promise<string>): Promise<string> => {
    const id = (await output).trim()
    if (ID.test(id)) return id
    throw new AuditError('ANCHOR_FAILED', `expected git to name an object, got ${JSON.stringify(id.slice(0, 100))}`)
  }
  return {
    git,
    read: async (ref) => {
      const listed = (await git(['for-each-ref', '--count=2', '--format=%(objectname) %(refname)', '--', ref])).split(
        '\n',
      )
      return listed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0]
    },
    checkedOut: async () => {
      if ((await git(['rev-parse', '--is-bare-repository'])).trim() === 'true') return undefined
      return (await git(['rev-parse', '--symbolic-full-name', 'HEAD']).catch(() => '')).trim()
    },
    entries: async (commit) => {
      const listed = (await git(['ls-tree', '-z', commit])).split('\0').filter((line) => line !== '')
      return listed.flatMap((line) => {
        const [, kind, id, name] = /^(\d{6} [a-z]+) ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
        return kind === undefined || id === undefined || name === undefined ? [] : [{ name, id, kind }]
      })
    },
    text: (blob) => git(['cat-file', 'blob', blob]),
    write: (text) => made(git(['hash-object', '-w', '--no-filters', '--stdin'], text)),
    tree: (entries) =>
      made(
        git(['mktree', '-z', '--missing'], entries.map(({ name, id, kind }) => `${kind} ${id}\t${name}\0`).join('')),
      ),
    commit: ({ tree, parent, time, message }) => {
      const parents = parent === undefined ? [] : ['-p', parent]
      return made(git(['commit-tree', '--no-gpg-sign', ...parents, '-F', '-', tree], `${message}\n`, time))
    },
    move: async (ref, { from, to }) => {
      await git(['update-ref', '--no-deref', '--create-reflog', ref, to, from ?? '0'.repeat(to.length)])
    },
  }
}

/** No hook of the repository runs, no transport that runs commands is taken, and what is made is synced. */
const SAFE: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.fsync=loose-object,reference',
  'core.fsyncMethod=fsync',
  'protocol.ext.allow=never',
  'gc.auto=0',
].flatMap((setting) => ['-c', setting])

function run(
  args: readonly string[],
  { timeoutMs, input = '', time = 0 }: { timeoutMs: number; input?: string | undefined; time?: number | undefined },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'utf8' as const,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MOST_BYTES,
      env: environment(time),
    }
    const child = execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout)
        return
      }
      const command = args.find((word) => /^[a-z]+(?:-[a-z]+)+$|^push$|^mktree$/.test(word)) ?? 'git'
      // What a remote says may quote its address, and that a password.
      const said = stderr
        .trim()
        .slice(-300)
        .replace(/\/\/[^/@\s]*@/g, '//')
      const reason =
        error.killed === true ? `no answer in ${timeoutMs} ms` : said === '' ? error.message.slice(0, 200) : said
      reject(new AuditError('ANCHOR_FAILED', `expected git ${command} to work: ${reason}`, { cause: error }))
    })
    child.stdin?.on('error', () => undefined) // it ended before it read everything, which its exit code tells
    child.stdin?.end(input)
  })
}

/** Nothing of a caller's own git work leaks in: a hook sets GIT_DIR and GIT_INDEX_FILE for whatever it runs. */
function environment(time: number): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_SSH'))
  const who = { NAME: 'loki-audit', EMAIL: 'audit@localhost', DATE: `@${time} +0000` }
  const named = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(who).map(([part, value]) => [`GIT_${role}_${part}`, value]),
  )
  return {
    ...Object.fromEntries(own),
    ...Object.fromEntries(named),
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  } as NodeJS.ProcessEnv // texts all
}
