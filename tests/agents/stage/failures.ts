import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { eventOf, inputOf, lineIn, pluginRun, type Asked, type HookHost } from './hook-input.js'
import { outcomeOf, type HookRun, type Outcome } from './outcome.js'
import { lokiProgram } from './stage.js'

/** The hosts, in the order of the table. */
export const hosts: readonly HookHost[] = ['claude', 'codex', 'gemini', 'copilot', 'opencode', 'cursor']

/** What can go wrong: by the name of its row in the documentation, and what the hook is asked about. */
export interface Failure {
  readonly name: string
  readonly asked: Asked
  /** Hosts that go on all the same: a hole, which the documentation explains. */
  readonly holes: readonly HookHost[]
}

const call = (name: string, holes: readonly HookHost[] = []): Failure => ({ name, asked: 'call', holes })

export const failures: readonly Failure[] = [
  call('crash'),
  call('timeout'),
  call('bad JSON'),
  call('no guard process'),
  call('policy syntax error'),
  call('unknown rule'),
  call('missing field'),
  call('oversized input'),
  call('answer that is no JSON', ['claude', 'codex', 'gemini', 'copilot']),
  { name: 'prompt, crash', asked: 'prompt', holes: [] },
  { name: 'prompt, policy syntax error', asked: 'prompt', holes: [] },
  { name: 'prompt, missing field', asked: 'prompt', holes: [] },
  { name: 'result, crash', asked: 'output', holes: ['claude', 'cursor'] },
  { name: 'result, policy syntax error', asked: 'output', holes: [] },
]

const good =
  'policies:\n  pre_execution:\n    - name: stay-inside\n      rule: file_path must start with project_dir\n      action: deny\n'
const policies: Readonly<Record<string, string>> = {
  'policy syntax error': 'policies: [',
  'unknown rule': good.replace('file_path must start with project_dir', 'the moon must be full'),
}
const programs: Readonly<Record<string, string>> = {
  crash: `process.kill(process.pid, 'SIGKILL')`,
  'answer that is no JSON': `process.stdout.write('no JSON')`,
}

/** One host's hooks as they are installed, and a home with a guard process for all that goes wrong with them. */
export class Hooked {
  readonly #root: string = mkdtempSync(join(tmpdir(), 'loki-failures-'))
  readonly #host: HookHost
  readonly #servers: Server[] = []
  #count = 0

  constructor(host: HookHost) {
    this.#host = host
    mkdirSync(join(this.#root, 'home'))
  }

  /** Lets one thing go wrong in a project of its own, runs the hook as the host would, and says what the host would do. */
  async fail({ name, asked }: Pick<Failure, 'name' | 'asked'>): Promise<Outcome> {
    const how = name.replace(/^(?:prompt|result), /, '')
    const projectDir = join(this.#root, `project-${++this.#count}`)
    mkdirSync(join(projectDir, '.loki'), { recursive: true, mode: 0o700 })
    writeFileSync(join(projectDir, '.loki', 'policies.yaml'), policies[how] ?? good)
    const hook = await this.#install(projectDir, asked, programs[how])
    const command = how === 'no guard process' ? 'loki-canary' : how === 'oversized input' ? oversized() : 'ls'
    const input = inputOf(this.#host, asked, { projectDir, command, how })
    const env = { ...this.#env, ...(await this.#guardOf(how)) }
    const argv = this.#host === 'opencode' ? pluginRun(hook) : ['/bin/sh', '-c', hook]
    const run = await ended(argv, { input, cwd: projectDir, env })
    return outcomeOf(this.#host, asked, run)
  }

  async close(): Promise<void> {
    await ended([process.execPath, lokiProgram, 'guard', 'stop'], { input: '', cwd: this.#root, env: this.#env })
    for (const server of this.#servers) server.close()
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  get #env(): NodeJS.ProcessEnv {
    return { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: join(this.#root, 'home'), LANG: 'C.UTF-8' }
  }

  /** Writes the hooks with the program itself, and gives the line for the shell, of opencode the file of the plugin. */
  async #install(projectDir: string, asked: Asked, broken: string | undefined): Promise<string> {
    const install = ['hooks', 'install', this.#host, '--project', '--json']
    const { stdout } = await ended([process.execPath, lokiProgram, ...install], {
      input: '',
      cwd: projectDir,
      env: this.#env,
    })
    const { file } = JSON.parse(stdout) as { file: string } // documented
    const text = readFileSync(file, 'utf8')
    const other = join(projectDir, 'program.cjs')
    if (broken !== undefined) {
      writeFileSync(other, broken)
      writeFileSync(file, text.replaceAll(lokiProgram, other))
    }
    return this.#host === 'opencode' ? file : lineIn(readFileSync(file, 'utf8'), eventOf(this.#host, asked))
  }

  /** Where the hook looks for the guard: a socket on which nobody ever answers, none, or the one of the home. */
  async #guardOf(how: string): Promise<NodeJS.ProcessEnv> {
    if (how !== 'timeout' && how !== 'no guard process') return {}
    const folder = mkdtempSync(join(this.#root, 's-'))
    const path = join(folder, 'g.sock')
    if (how === 'timeout') {
      const server = createServer((socket) => socket.on('error', () => socket.destroy()))
      this.#servers.push(server)
      await new Promise<void>((resolve) => server.listen(path, resolve))
      server.unref()
    }
    return { LOKI_GUARD_SOCKET: path }
  }
}

/** A call that has more bytes than can be checked. */
function oversized(): string {
  return `echo ${'x'.repeat(9_000_000)}`
}

interface Run {
  readonly input: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

function ended([command = '', ...args]: readonly string[], { input, cwd, env }: Run): Promise<HookRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'pipe' })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdin.on('error', () => undefined) // it ended without reading
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, stdout, stderr })
    })
    child.stdin.end(input)
  })
}
