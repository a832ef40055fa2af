import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAudit } from '@loki/audit'
import type { AuditEntry, AuditLog } from '@loki/audit'
import { openGuard } from '../src/index.js'
import type { Action, Guard, GuardOptions, Verdict } from '../src/index.js'

/** A governed project in a temporary folder, with a real log and a guard that writes down what it saw. */
export type Project = {
  readonly root: string
  readonly home: string
  readonly dir: string
  readonly env: NodeJS.ProcessEnv
  readonly audit: AuditLog
  readonly guard: Guard
  readonly seen: { action: Action; verdict: Verdict }[]
  entries(): Promise<AuditEntry[]>
  remove(): Promise<void>
}

export function makeProject(options: Partial<GuardOptions> & { policies?: string } = {}): Project {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-guard-')))
  const dir = join(root, 'project')
  const home = join(root, 'home')
  for (const folder of [join(dir, '.loki'), join(dir, '.git'), home]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(dir, '.git', 'HEAD'), 'ref: refs/heads/work\n')
  const { policies, ...guardOptions } = options
  if (policies !== undefined) writeFileSync(join(dir, '.loki', 'policies.yaml'), policies)
  const env = { HOME: home, PATH: process.env.PATH }
  const audit = guardOptions.audit ?? openAudit({ dir: join(dir, '.loki', 'audit'), enabled: true, env })
  const seen: Project['seen'] = []
  const guard = openGuard({
    projectDir: dir,
    env,
    enabled: true,
    onDecision: (action, verdict) => seen.push({ action, verdict }),
    ...guardOptions,
    audit,
  })
  return {
    root,
    home,
    dir,
    env,
    audit,
    guard,
    seen,
    entries: () => collect(audit.readEntries()),
    async remove() {
      await audit.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** A shell command as an agent of the given project would run it. */
export function command(project: { readonly dir: string }, script: string, more: Partial<Action> = {}): Action {
  return {
    kind: 'command',
    session: 'ses-1',
    agent: 'main',
    host: 'claude',
    tool: 'Bash',
    cwd: project.dir,
    projectDir: project.dir,
    command: script,
    ...more,
  }
}

async function collect(entries: AsyncIterable<AuditEntry>): Promise<AuditEntry[]> {
  const all: AuditEntry[] = []
  for await (const entry of entries) all.push(entry)
  return all
}
