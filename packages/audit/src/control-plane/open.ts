import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { asAuditError } from '../error.js'
import { openAudit } from '../open.js'
import type { AuditLog, ChainReport, VerifyOptions } from '../types.js'
import { controlPlaneEntryOf, inputOf } from './entry.js'
import { mirrorControlPlane } from './mirror.js'
import type { MirrorReport } from './mirror.js'
import type { ControlPlaneEntry, ControlPlaneInput, ControlPlaneLog, ControlPlaneOptions } from './types.js'

/** The folder of the control-plane log: `dashboard/audit` in `LOKI_HOME` or `~/.loki`. */
export function controlPlaneFolder(env: NodeJS.ProcessEnv = process.env): string {
  const home = env.LOKI_HOME?.trim() ?? ''
  return join(home === '' ? join(homedir(), '.loki') : resolve(home), 'dashboard', 'audit')
}

/**
 * Opens the log of what people and programs do with the control plane, or the one that does nothing when auditing is off:
 * `LOKI_ENTERPRISE_AUDIT=true` or `enabled` turns it on, `LOKI_AUDIT_DISABLED=true` wins. It is an audit log like that of the
 * agents, with all that belongs to it; the documented daily files are made from it.
 */
export function openControlPlaneLog(options: ControlPlaneOptions = {}): ControlPlaneLog {
  const { mirrorMs = 1000, onMirrorError, ...rest } = options
  const env = options.env ?? process.env
  const dir = options.dir ?? controlPlaneFolder(env)
  // That variable is about the log of the agents: it neither moves this one nor turns it on.
  const log = openAudit({ ...rest, dir, env: { ...env, LOKI_AUDIT_DIR: undefined } })
  return log.enabled ? new MirroredLog(log, { ...rest, dir, env, mirrorMs, onMirrorError }) : OFF
}

type MirrorSettings = ControlPlaneOptions & { readonly dir: string; readonly mirrorMs: number }

/** An audit log whose daily files follow it. */
class MirroredLog implements ControlPlaneLog {
  readonly enabled = true
  readonly dir: string
  readonly #log: AuditLog
  readonly #settings: MirrorSettings
  /** The first day whose file is behind. */
  #behind: string | undefined
  #timer: NodeJS.Timeout | undefined
  #mirroring: Promise<unknown> = Promise.resolve()

  constructor(log: AuditLog, settings: MirrorSettings) {
    this.#log = log
    this.#settings = settings
    this.dir = resolve(settings.dir)
  }

  async record(input: ControlPlaneInput): Promise<ControlPlaneEntry | undefined> {
    const entry = await this.#log.record(inputOf(input))
    if (entry === undefined) return undefined
    this.#fellBehind(entry.timestamp.slice(0, 10))
    this.#schedule(this.#settings.mirrorMs)
    return controlPlaneEntryOf(entry)
  }

  async mirror(): Promise<MirrorReport> {
    return this.#follow(undefined)
  }

  verifyChain(options?: VerifyOptions): Promise<ChainReport> {
    return this.#log.verifyChain(options)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#log.close()
    await this.#catchUp()
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || ms === 0) return
    this.#timer = setTimeout(() => void this.#catchUp(), ms)
    this.#timer.unref() // whoever ends now loses nothing: the next one writes it
  }

  /** Observers fail open: what cannot be shown is on the log all the same. */
  async #catchUp(): Promise<void> {
    this.#timer = undefined
    const since = this.#behind
    if (since === undefined) {
      await this.#mirroring
      return
    }
    this.#behind = undefined
    const began = performance.now()
    try {
      await this.#follow(since)
    } catch (error) {
      this.#fellBehind(since)
      this.#settings.onMirrorError?.(asAuditError(error, 'WRITE_FAILED', 'expected to write the readable files'))
      return // the next record tries again
    }
    // A file of a busy day takes its time: a tenth of it at most goes into making it anew.
    if (this.#isBehind()) this.#schedule(Math.max(this.#settings.mirrorMs, (performance.now() - began) * 10))
  }

  #fellBehind(day: string): void {
    if (this.#behind === undefined || day < this.#behind) this.#behind = day
  }

  #isBehind(): boolean {
    return this.#behind !== undefined
  }

  /** One after the other: two at once would make the same files. */
  #follow(since: string | undefined): Promise<MirrorReport> {
    const { retentionDays, now, env } = this.#settings
    const next = this.#mirroring.then(() => mirrorControlPlane(this.dir, { since, retentionDays, now, env }))
    this.#mirroring = next.catch(() => undefined)
    return next
  }
}

const NOTHING: MirrorReport = { written: [], removed: [], foreign: [] }

const OFF: ControlPlaneLog = Object.freeze({
  enabled: false,
  dir: undefined,
  record: () => Promise.resolve(undefined),
  mirror: () => Promise.resolve(NOTHING),
  verifyChain: (options?: VerifyOptions) => openAudit({ enabled: false, env: {} }).verifyChain(options),
  close: () => Promise.resolve(),
})
