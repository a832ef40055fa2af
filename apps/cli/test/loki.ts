import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built program, as a user runs it. */
export const main: string = fileURLToPath(new URL('../dist/main.js', import.meta.url))

if (!existsSync(main)) throw new Error('apps/cli is not built; run: pnpm --filter @loki/cli build')

export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A home, and a project below it, that nobody else uses. */
export class Place {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'loki-cli-')))
  readonly project: string = join(this.root, 'project')
  readonly home: string = join(this.root, 'home')

  constructor() {
    mkdirSync(join(this.project, '.git'), { recursive: true })
    mkdirSync(this.home)
  }

  get env(): Record<string, string> {
    return { PATH: process.env.PATH ?? '', HOME: this.home, LOKI_HOME: join(this.home, '.loki') }
  }

  /** Runs `loki` in the project and waits for its end. */
  loki(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: options.cwd ?? this.project,
      env: { ...this.env, ...options.env },
      stdio: 'pipe',
    })
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
    child.stdin.on('error', () => undefined) // it ended before it read everything
    child.stdin.end(options.input ?? '')
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        resolve({
          code,
          signal,
          stdout: Buffer.concat(chunks.stdout).toString('utf8'),
          stderr: Buffer.concat(chunks.stderr).toString('utf8'),
        })
      })
    })
  }

  /** Ends the guard process that a hook may have started, and removes everything. */
  async remove(): Promise<void> {
    await this.loki(['guard', 'stop'])
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}
