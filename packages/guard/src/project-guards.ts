import { join } from 'node:path'
import { openApprovals } from '@loki/approvals'
import { openAudit } from '@loki/audit'
import type { AuditLog } from '@loki/audit'
import { openEvents } from '@loki/events'
import { readConfiguration } from './configuration/configuration.js'
import { openGuard } from './guard.js'
import { prepareProjectFolder } from './project-folder.js'
import type { Guard } from './guard.js'

/** Projects that one process keeps open; the one unused for longest makes room. */
const MAX_OPEN = 32

type Env = Readonly<Record<string, string | undefined>>
type Open = { readonly guard: Guard; readonly projectDir: string; readonly close: () => Promise<void> }

/**
 * The guards of many projects in one process: each with the audit log and the event bus of its project, opened when
 * first asked for. Callers with different variables get different guards, since variables are policy, but one log.
 */
export class ProjectGuards {
  readonly #guards = new Map<string, Open>()
  readonly #logs = new Map<string, AuditLog>()

  readonly guardFor = (projectDir: string, env: Env): Guard => {
    const key = JSON.stringify([projectDir, Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))])
    const known = this.#guards.get(key)
    const open = known ?? this.#open(projectDir, env)
    this.#guards.delete(key)
    this.#guards.set(key, open) // last in order: most recently used
    if (this.#guards.size > MAX_OPEN) this.#dropOldest()
    return open.guard
  }

  get projects(): readonly string[] {
    return [...new Set([...this.#guards.values()].map(({ projectDir }) => projectDir))]
  }

  /** A sentence for each project whose policies are older than their files. */
  get degraded(): readonly string[] {
    return [...new Set([...this.#guards.values()].flatMap(({ guard }) => guard.degraded() ?? []))]
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#guards.values()].map(({ close }) => close()))
    await Promise.allSettled([...this.#logs.values()].map((log) => log.close()))
    this.#guards.clear()
    this.#logs.clear()
  }

  #open(projectDir: string, env: Env): Open {
    prepareProjectFolder(projectDir)
    const configured = readConfiguration(projectDir, env).env
    const dir = nonBlank(configured.LOKI_EVENTS_DIR) ?? join(projectDir, '.loki', 'events')
    const events = openEvents({ dir, enabled: true, env: configured, number: true })
    const approvals = openApprovals({ dir: join(projectDir, '.loki', 'approvals'), enabled: true, env: configured })
    const audit = this.#log(projectDir, configured)
    const guard = openGuard({ projectDir, env, audit, events, approvals, enabled: true })
    return { guard, projectDir, close: () => events.close() }
  }

  #log(projectDir: string, env: Env): AuditLog {
    const dir = nonBlank(env.LOKI_AUDIT_DIR) ?? join(projectDir, '.loki', 'audit')
    const key = JSON.stringify([dir, env.LOKI_AUDIT_DISABLED ?? ''])
    const log = this.#logs.get(key) ?? openAudit({ dir, enabled: true, env, checkpoints: 'auto' })
    this.#logs.set(key, log)
    return log
  }

  #dropOldest(): void {
    const [key, oldest] = this.#guards.entries().next().value ?? []
    if (key === undefined || oldest === undefined) return
    this.#guards.delete(key)
    void oldest.close().catch(() => undefined) // observers: nobody waits for them
  }
}

function nonBlank(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value
}
