import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openAudit, type AuditEntry, type AuditLog } from '@loki/audit'
import { openEvents, type EventBus } from '@loki/events'
import { openGuard, type Action, type Guard, type Verdict } from '@loki/guard'
import { startSession, type SessionProgress, type SessionResult, type StartOptions } from '../src/index.js'

/** A temporary git project under the real guard, with a real log and a real bus. */
export interface TestProject {
  readonly dir: string
  readonly env: NodeJS.ProcessEnv
  readonly audit: AuditLog
  readonly events: EventBus
  readonly guard: Guard
  readonly decisions: { readonly action: Action; readonly verdict: Verdict }[]
  readonly progress: SessionProgress[]
  path(...names: string[]): string
  write(name: string, content: string): string
  read(name: string): string
  /** Starts a session; what is not given has defaults that fit most tests. */
  start(options: Partial<StartOptions>): Promise<SessionResult>
  /** The audit log so far. */
  entries(): Promise<AuditEntry[]>
  remove(): Promise<void>
}

const policies = `policies:
  pre_execution:
    - name: inside
      rule: file_path must start with project_dir
      action: deny
`

export function makeProject(files: Readonly<Record<string, string>> = {}): TestProject {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'loki-runner-')))
  const write = (name: string, content: string): string => {
    const path = join(dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }
  write('.loki/policies.yaml', policies)
  write('PRD.md', '# Sum\n\n- [ ] Make the sum right\n')
  for (const [name, content] of Object.entries(files)) write(name, content)
  execFileSync('git', ['init', '--quiet', '--initial-branch=work', dir])

  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: dir, LOKI_BLOCKED_COMMANDS: 'git push,rm -rf /' }
  const audit = openAudit({ dir: join(dir, '.loki', 'audit'), enabled: true, env })
  const events = openEvents({ dir: join(dir, '.loki', 'events'), enabled: true, env })
  const decisions: { action: Action; verdict: Verdict }[] = []
  const guard = openGuard({
    projectDir: dir,
    env,
    audit,
    events,
    enabled: true,
    onDecision: (action, verdict) => decisions.push({ action, verdict }),
  })
  const progress: SessionProgress[] = []
  return {
    dir,
    env,
    audit,
    events,
    guard,
    decisions,
    progress,
    path: (...names) => join(dir, ...names),
    write,
    read: (name) => readFileSync(join(dir, name), 'utf8'),
    start: (options) =>
      startSession({
        projectDir: dir,
        prd: 'PRD.md',
        provider: 'command',
        command: ['true'],
        guard,
        audit,
        events,
        hookCommand: [process.execPath, '-e', '0'],
        env,
        onProgress: (step) => progress.push(step),
        ...options,
      }),
    async entries() {
      const entries: AuditEntry[] = []
      for await (const entry of audit.readEntries()) entries.push(entry)
      return entries
    },
    async remove() {
      await events.close()
      await audit.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Resolves when `look` returns something; rejects after ten seconds. */
export async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Whether a process runs; one that only waits to be noticed does not. */
export function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** The process number that a program writes to a file, once it is there whole. */
export function pidFrom(file: string): Promise<number> {
  return until(() => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    return text.endsWith('\n') && Number(text)
  }, file)
}
