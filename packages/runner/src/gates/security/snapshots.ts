import { lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { git } from '../../git.js'
import { parsePatch, type ChangedFile } from './patch.js'

export interface SnapshotOptions {
  readonly projectDir: string
  /** The private folder of the session. */
  readonly scratchDir: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** The work tree of a project as it was when the session began, to compare with. */
export interface Snapshots {
  /** Every file that differs now, with the lines that are new in it. Rejects where that cannot be told. */
  changes(): Promise<readonly ChangedFile[]>
}

// What a person has set for git changes nothing here: no filter, no attribute and no list of ignored files of theirs.
const settings = [
  ['core.autocrlf', 'false'],
  ['core.safecrlf', 'false'],
  ['core.looseCompression', '0'],
  ['core.excludesFile', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  ['core.quotePath', 'false'],
  ['advice.addEmbeddedRepo', 'false'],
  ['gc.auto', '0'],
].flatMap(([name, value]) => ['-c', `${name ?? ''}=${value ?? ''}`])

/**
 * Remembers the work tree, files that git does not know yet too, and those that `.gitignore` names where git has them all
 * the same. It is kept in a repository of its own in the session's private folder: the project's is only read, and what an
 * agent sets in that (`assume-unchanged`, filters, attributes) hides nothing. A project without git can be compared too.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshots> {
  const { projectDir, scratchDir, signal } = options
  const gitDir = join(scratchDir, 'snapshots.git')
  const own = { cwd: projectDir, env: plainEnv(options.env), signal }
  mkdirSync(gitDir, { recursive: true, mode: 0o700 })
  await git(['init', '--quiet', '--bare', '--template=', gitDir], own)
  const shared = await inProject(['rev-parse', '--git-path', 'objects'], options)
  if (shared !== undefined) {
    // Objects that the project has already are not written again.
    writeFileSync(join(gitDir, 'objects', 'info', 'alternates'), `${resolve(projectDir, shared.trimEnd())}\n`)
  }
  const run = (args: readonly string[], input?: string): Promise<string> =>
    git([...settings, `--git-dir=${gitDir}`, `--work-tree=${projectDir}`, ...args], {
      ...own,
      ...(input === undefined ? {} : { input }),
    })
  const tree = async (): Promise<string> => {
    await run(['add', '--all', '--', '.'])
    const kept = await ignoredButKept(options)
    const list = ['--pathspec-from-file=-', '--pathspec-file-nul']
    if (kept.length > 0) await run(['--literal-pathspecs', 'add', '--force', ...list], kept.join('\0'))
    return (await run(['write-tree'])).trim()
  }
  const first = await tree()
  const flags = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--text', '--unified=0']
  return {
    changes: async () => parsePatch(await run(['diff', ...flags, '--diff-filter=AMT', first, await tree(), '--'])),
  }
}

/** Files that git has although `.gitignore` names them: they are work too. */
async function ignoredButKept(options: SnapshotOptions): Promise<readonly string[]> {
  const listed = await inProject(['ls-files', '-z', '--cached', '--ignored', '--exclude-standard'], options)
  const paths = (listed ?? '').split('\0').filter((path) => path !== '')
  return paths.filter((path) => lstatSync(join(options.projectDir, path), { throwIfNoEntry: false })?.isFile() === true)
}

/** Asks the project's own repository; undefined where there is none. */
async function inProject(args: readonly string[], options: SnapshotOptions): Promise<string | undefined> {
  const { projectDir, env, signal } = options
  try {
    return await git(args, { cwd: projectDir, env: { ...plainEnv(env), HOME: env.HOME }, signal })
  } catch {
    return undefined
  }
}

function plainEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    PATH: env.PATH,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  }
}
