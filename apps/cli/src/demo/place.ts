import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { CliError } from '../exit.js'
import { projectFiles } from './files.js'

/** Where the demo plays: a folder among the temporary files, with nothing of the user's in it. */
export interface Place {
  readonly root: string
  /** The governed project, a git repository. */
  readonly project: string
  /** Its remote: a bare repository, into which a push would really go. */
  readonly origin: string
  readonly recording: string
  readonly env: NodeJS.ProcessEnv
  git(...args: readonly string[]): Promise<string>
  remove(): void
}

const run = promisify(execFile)

/** What an agent needs of the environment. Nothing else reaches the demo, so that it shows the same to everybody. */
const INHERITED = /^(?:PATH|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|SystemRoot|ComSpec|PATHEXT)$/i

/** Makes the place: a shop whose test fails, committed and pushed to its own remote. */
export async function makePlace(): Promise<Place> {
  const root = makeRoot()
  const place = (name: string): string => join(root, name)
  const [project, origin, home] = [place('shop'), place('origin.git'), place('home')]
  const env = demoEnv(home)
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run('git', [...args], { cwd: project, env, timeout: 20_000 })
    return stdout.trim()
  }
  const remove = (): void => {
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
  try {
    for (const folder of [project, home]) mkdirSync(folder)
    for (const [name, content] of Object.entries(projectFiles)) {
      mkdirSync(dirname(join(project, name)), { recursive: true })
      writeFileSync(join(project, name), content)
    }
    await git('init', '--quiet', '--bare', '--template=', origin)
    await git('init', '--quiet', '--template=')
    await git('symbolic-ref', 'HEAD', 'refs/heads/main')
    await git('remote', 'add', 'origin', origin)
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'Open the shop')
    await git('push', '--quiet', 'origin', 'main')
  } catch (cause) {
    remove()
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const message = missing ? 'git was not found in PATH.' : `The demo’s project could not be made: ${String(cause)}`
    throw new CliError('DEMO_FAILED', message, { cause, ...(missing ? { next: 'Install git, then: loki demo' } : {}) })
  }
  return { root, project, origin, recording: place('recording.json'), env, git, remove }
}

function makeRoot(): string {
  try {
    return realpathSync(mkdtempSync(join(tmpdir(), 'loki-demo-')))
  } catch (cause) {
    throw new CliError('DEMO_FAILED', `No folder can be made in ${tmpdir()}.`, {
      cause,
      next: 'Set TMPDIR to a folder that exists and is yours to write in.',
    })
  }
}

function demoEnv(home: string): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => INHERITED.test(name)))
  const person = { NAME: 'Demo Agent', EMAIL: 'agent@example.invalid' }
  return {
    ...kept,
    PATH: [dirname(process.execPath), process.env.PATH].filter((part) => part !== undefined).join(delimiter),
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
    NO_COLOR: '1',
    SCOPE_DENIED_BRANCHES: 'main',
  }
}
