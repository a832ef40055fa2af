import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './hosts.js'
import { folderOf, installedBins } from './installed.js'

const suite = dirname(import.meta.dirname)
const commandMs = 100_000

/** The built program; another build of it can be named to test that one. */
export const lokiProgram: string =
  process.env.LOKI_TEST_PROGRAM ?? join(suite, '..', '..', 'apps', 'cli', 'dist', 'main.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StageOptions {
  readonly host: Host
  /** File in `scripts/`: what the model says. */
  readonly script: string
  readonly model?: string
  readonly env?: Readonly<Record<string, string>>
}

/** An entry of the audit log, as far as the tests look at it. */
export interface AuditEntry {
  readonly what: string
  readonly who: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/**
 * A home, a project and a scripted model on loopback, all below one temporary folder. Nothing of the tester's own is
 * reached: the home is new, the keys are dummies, and whatever is not loopback goes to a proxy that does not exist.
 */
export class Stage {
  readonly root: string = mkdtempSync(join(tmpdir(), 'loki-agents-'))
  readonly project: string = join(this.root, 'project')
  readonly model: string
  readonly mcpServer: string = join(suite, 'models', 'mcp-echo.mjs')
  readonly #host: Host
  readonly #script: string
  readonly #env: Readonly<Record<string, string>>
  readonly #children: ChildProcess[] = []
  #url = ''

  constructor({ host, script, model = 'gpt-5.5', env = {} }: StageOptions) {
    this.#host = host
    this.#script = join(suite, 'scripts', script)
    this.model = model
    this.#env = env
    for (const name of ['project', 'home', 'tmp']) mkdirSync(join(this.root, name), { mode: 0o700 })
  }

  /** Starts the model, writes the settings and makes the project: a git repository with a policy and a document. */
  async open(): Promise<void> {
    this.#url = await this.#startModel()
    this.#host.configure(this)
    this.write('project/PRD.md', () => '# Notes\n\n- [ ] Write allowed.txt\n')
    this.write('project/.loki/policies.yaml', () => policy)
    for (const words of [
      ['init', '-q', '-b', 'work'],
      ['add', '.'],
      ['commit', '-qm', 'start'],
    ]) {
      const identity = ['-c', 'user.name=dev', '-c', 'user.email=dev@example.com']
      spawnSync('git', [...identity, ...words], { cwd: this.project, env: this.env })
    }
  }

  write(path: string, content: (modelUrl: string) => string): void {
    const file = join(this.root, path)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, content(this.#url), { mode: 0o600 })
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path))
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  get env(): Readonly<Record<string, string>> {
    const own = folderOf(this.#host.name)
    const path = [
      dirname(process.execPath),
      ...installedBins,
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
      ...(own === undefined ? [] : [own]),
    ]
    return {
      PATH: path.join(delimiter),
      HOME: join(this.root, 'home'),
      // Codex refuses to work where its home lies inside the folder of temporary files.
      TMPDIR: join(this.root, 'tmp'),
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      HTTP_PROXY: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1,localhost',
      GIT_CONFIG_NOSYSTEM: '1',
      ...this.#host.environment(this.#url),
      ...this.#env,
    }
  }

  loki(...args: readonly string[]): Promise<Ended> {
    return this.run([process.execPath, lokiProgram, ...args])
  }

  /** Runs a program in the project to its end; one that takes too long is ended and has no code. */
  run(argv: readonly string[]): Promise<Ended> {
    const [command = '', ...args] = argv
    const child = this.#spawn(command, args)
    const output = { stdout: '', stderr: '' }
    child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), commandMs)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        clearTimeout(timer)
        resolve({ code, ...output })
      })
    })
  }

  /** Everything that tools answered to the model, as it was told. */
  told(): string {
    return this.#requests()
      .flatMap((body) => this.#host.results(body))
      .map((result) => (typeof result === 'string' ? result : JSON.stringify(result)))
      .join('\n')
  }

  /** Everything that was sent to the model. */
  sent(): string {
    return JSON.stringify(this.#requests())
  }

  async audit(what: string): Promise<readonly AuditEntry[]> {
    const { stdout } = await this.loki('audit', 'log', '1000', '--json', '--what', what)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditEntry) // documented output
  }

  async verify(): Promise<{ readonly code: number | null; readonly valid: boolean }> {
    const { code, stdout } = await this.loki('audit', 'verify', '--json')
    return { code, valid: (JSON.parse(stdout) as { valid: boolean }).valid }
  }

  /** Processes that belong to this stage, but for the model: they have its folder in their environment. */
  leftovers(): readonly number[] {
    const own = this.#children.map(({ pid }) => pid)
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid && !own.includes(pid) && this.#isOurs(pid))
  }

  /** Waits for something to become true, and fails with its name where it does not. */
  async until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
    const deadline = Date.now() + withinMs
    while (Date.now() < deadline) {
      if (await holds()) return
      await sleep(50)
    }
    throw new Error(`${what} did not happen within ${withinMs} ms`)
  }

  /** Ends what the stage has started, each process by its id, and removes its folder. */
  async close(): Promise<void> {
    await this.loki('guard', 'stop').catch(() => undefined)
    const pids = [
      ...this.#children.filter(({ exitCode }) => exitCode === null).map(({ pid }) => pid),
      ...this.leftovers(),
    ]
    for (const pid of pids) {
      try {
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
      } catch {
        // it ended meanwhile
      }
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }

  #requests(): readonly Readonly<Record<string, unknown>>[] {
    const log = join(this.root, 'requests.jsonl')
    if (!existsSync(log)) return []
    return readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { body: Readonly<Record<string, unknown>> | null }).body ?? {}) // our own log
  }

  async #startModel(): Promise<string> {
    const server = join(suite, 'models', this.#host.server)
    const options = ['--script', this.#script, '--cwd', this.project, '--log', join(this.root, 'requests.jsonl')]
    const child = this.#spawn(process.execPath, [server, ...options])
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (chunk: Buffer) => {
        resolve(chunk.toString())
      })
      child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
      child.once('close', () => {
        reject(new Error(`${server} ended before it listened`))
      })
    })
    return `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`
  }

  #spawn(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { cwd: this.project, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    return child
  }

  #isOurs(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(this.root)
    } catch {
      return false // it ended meanwhile, or is somebody else's
    }
  }
}

const policy = `policies:
  pre_execution:
    - name: stay-inside
      rule: file_path must start with project_dir
      action: deny
`
