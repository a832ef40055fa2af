import { join, resolve } from 'node:path'
import { backgroundAnchors } from './anchors/paced.js'
import { AuditError } from './error.js'
import { keyFolder } from './keys/folder.js'
import { openOwner, ownerOf } from './keys/owner.js'
import { isKeptInside } from './keys/project.js'
import type { Signer } from './note/key.js'
import type { Anchor, AuditOptions, Durability } from './types.js'

/** Where and how to audit, decided once. */
export interface Settings {
  readonly dir: string
  readonly now: () => Date
  readonly timeoutMs: number
  readonly signing: Signing | undefined
  readonly durability: Durability
  readonly isAlarming: boolean
  readonly onAlarm: (error: AuditError) => void
  readonly segments: SegmentLimits
}

/** How checkpoints are signed. */
export interface Signing {
  /** Reads the long-term key, or makes it: not before the first record. */
  readonly owner: () => Signer
  readonly now: () => Date
  readonly heartbeatMs: number
  /** Where each checkpoint is kept besides. */
  readonly anchors: readonly Anchor[]
}

/** When a segment is closed, and how long it is kept. */
export interface SegmentLimits {
  readonly maxBytes: number
  readonly maxFiles: number
  readonly retentionDays: number
}

const DURABILITIES: readonly Durability[] = ['buffered', 'durable', 'anchored']
const ON_FAILURE = ['block', 'alarm'] as const
const MIB = 1024 * 1024

/** Decides whether auditing is on; undefined is off. A malformed variable is an error, never a silent off. */
export function settingsOf(options: AuditOptions): Settings | undefined {
  const env = options.env ?? process.env
  const disabled = flag(env, 'LOKI_AUDIT_DISABLED') ?? false
  const enterprise = flag(env, 'LOKI_ENTERPRISE_AUDIT') ?? false
  const envDir = env.LOKI_AUDIT_DIR?.trim() ?? ''
  const enabled = options.enabled ?? (enterprise || envDir !== '')
  if (disabled || !enabled) return undefined
  const chosen = options.dir ?? (envDir === '' ? join('.loki', 'audit') : envDir)
  if (chosen === '' || chosen.includes('\0')) {
    throw new AuditError(
      'INVALID_SETTING',
      `expected dir (or LOKI_AUDIT_DIR) to be a folder, got ${JSON.stringify(chosen)}`,
    )
  }
  const timeoutMs = options.timeoutMs ?? 10_000
  if (!(timeoutMs >= 1 && timeoutMs <= 3_600_000)) {
    throw new AuditError('INVALID_SETTING', `expected timeoutMs to be between 1 and 3600000, got ${timeoutMs}`)
  }
  const dir = resolve(chosen)
  const now = options.now ?? (() => new Date())
  const signing = signingOf(options, { dir, env, now })
  const durability =
    choice(options.durability, { env, name: 'LOKI_AUDIT_DURABILITY', among: DURABILITIES }) ?? 'durable'
  // Named by a variable it also reaches logs that only read, or whose writer is another process and has the anchors.
  if (options.durability === 'anchored' && (signing?.anchors.length ?? 0) === 0) {
    throw new AuditError(
      'INVALID_SETTING',
      'expected checkpoints and at least one of anchors for the durability anchored, got none; there would be nothing to wait for',
    )
  }
  const onFailure = choice(options.onFailure, { env, name: 'LOKI_AUDIT_ON_FAILURE', among: ON_FAILURE }) ?? 'block'
  return {
    dir,
    now,
    timeoutMs,
    signing,
    durability,
    isAlarming: onFailure === 'alarm',
    onAlarm: options.onAlarm ?? (() => undefined),
    segments: segmentLimits(options, env),
  }
}

/** When a segment is closed, and how long it is kept; throws an AuditError `INVALID_SETTING`. */
export function segmentLimits(
  options: Pick<AuditOptions, 'maxSizeMb' | 'maxFiles' | 'retentionDays'>,
  env: NodeJS.ProcessEnv,
): SegmentLimits {
  const size = amount(options.maxSizeMb, { env, name: 'LOKI_AUDIT_MAX_SIZE_MB', range: [0.001, 65_536] }) ?? 10
  return {
    maxBytes: Math.ceil(size * MIB),
    maxFiles: amount(options.maxFiles, { env, name: 'LOKI_AUDIT_MAX_FILES', range: [1, 100_000], isWhole: true }) ?? 10,
    retentionDays: amount(options.retentionDays, { env, name: 'LOKI_AUDIT_RETENTION_DAYS', range: [0, 36_500] }) ?? 30,
  }
}

function signingOf(
  options: AuditOptions,
  { dir, env, now }: { dir: string; env: NodeJS.ProcessEnv; now: () => Date },
): Signing | undefined {
  const { signingKey, durability, anchors = backgroundAnchors(env, { dir, now, durability }) } = options
  const folder = keyFolder({ keyDir: options.keyDir, env })
  const chosen = options.checkpoints === 'auto' ? undefined : options.checkpoints
  const isSafe = (): boolean => signingKey !== undefined || !isKeptInside(folder, dir)
  const isAuto = options.checkpoints === 'auto'
  if (!(chosen ?? flag(env, 'LOKI_AUDIT_CHECKPOINTS') ?? (isAuto && isSafe()))) return undefined
  const heartbeatMs = options.heartbeatMs ?? 300_000
  if (!(heartbeatMs >= 10 && heartbeatMs <= 86_400_000)) {
    throw new AuditError('INVALID_SETTING', `expected heartbeatMs to be between 10 and 86400000, got ${heartbeatMs}`)
  }
  const owner = (): Signer => (signingKey === undefined ? openOwner(folder, dir) : ownerOf(signingKey))
  return { owner, now, heartbeatMs, anchors }
}

function flag(env: NodeJS.ProcessEnv, name: string): boolean | undefined {
  const value = env[name]?.trim().toLowerCase() ?? ''
  if (value === '') return undefined
  if (['true', '1', 'yes', 'on'].includes(value)) return true
  if (['false', '0', 'no', 'off'].includes(value)) return false
  throw invalid(name, 'true, 1, yes, on, false, 0, no or off', value)
}

interface Named {
  readonly env: NodeJS.ProcessEnv
  readonly name: string
}

function choice<T extends string>(
  given: T | undefined,
  { env, name, among }: Named & { readonly among: readonly T[] },
): T | undefined {
  const value = given ?? env[name]?.trim().toLowerCase() ?? ''
  if (value === '') return undefined
  const known = among.find((word) => word === value)
  if (known !== undefined) return known
  throw invalid(name, among.join(', '), value)
}

function amount(
  given: number | undefined,
  {
    env,
    name,
    range,
    isWhole = false,
  }: Named & { readonly range: readonly [number, number]; readonly isWhole?: boolean },
): number | undefined {
  const text = given === undefined ? (env[name]?.trim() ?? '') : String(given)
  if (text === '') return undefined
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  const [low, high] = range
  if (value >= low && value <= high && (!isWhole || Number.isInteger(value))) return value
  throw invalid(name, `a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}`, text)
}

function invalid(name: string, expected: string, got: string): AuditError {
  return new AuditError(
    'INVALID_SETTING',
    `expected ${name} to be ${expected}, got ${JSON.stringify(got.slice(0, 40))}`,
  )
}
