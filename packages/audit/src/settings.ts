import { join, resolve } from 'node:path'
import { AuditError } from './error.js'
import { keyFolder, openOwner, ownerOf } from './keys/owner.js'
import type { Signer } from './note/key.js'
import type { AuditOptions } from './types.js'

/** Where and how to audit, decided once. */
export interface Settings {
  readonly dir: string
  readonly now: () => Date
  readonly timeoutMs: number
  readonly signing: Signing | undefined
}

/** How checkpoints are signed. */
export interface Signing {
  /** Reads the long-term key, or makes it: not before the first record. */
  readonly owner: () => Signer
  readonly now: () => Date
  readonly heartbeatMs: number
}

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
  return { dir, now, timeoutMs, signing: signingOf(options, { dir, env, now }) }
}

function signingOf(
  options: AuditOptions,
  { dir, env, now }: { dir: string; env: NodeJS.ProcessEnv; now: () => Date },
): Signing | undefined {
  if (!(options.checkpoints ?? flag(env, 'LOKI_AUDIT_CHECKPOINTS') ?? false)) return undefined
  const heartbeatMs = options.heartbeatMs ?? 300_000
  if (!(heartbeatMs >= 10 && heartbeatMs <= 86_400_000)) {
    throw new AuditError('INVALID_SETTING', `expected heartbeatMs to be between 10 and 86400000, got ${heartbeatMs}`)
  }
  const { signingKey } = options
  const folder = keyFolder({ keyDir: options.keyDir, env })
  return { owner: () => (signingKey === undefined ? openOwner(folder, dir) : ownerOf(signingKey)), now, heartbeatMs }
}

function flag(env: NodeJS.ProcessEnv, name: string): boolean | undefined {
  const value = env[name]?.trim().toLowerCase() ?? ''
  if (value === '') return undefined
  if (['true', '1', 'yes', 'on'].includes(value)) return true
  if (['false', '0', 'no', 'off'].includes(value)) return false
  throw new AuditError(
    'INVALID_SETTING',
    `expected ${name} to be true, 1, yes, on, false, 0, no or off, got ${JSON.stringify(value.slice(0, 40))}`,
  )
}
