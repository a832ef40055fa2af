import { join, resolve } from 'node:path'
import { AuditError } from './error.js'
import type { AuditOptions } from './types.js'

/** Where and how to audit, decided once. */
export interface Settings {
  readonly dir: string
  readonly now: () => Date
  readonly timeoutMs: number
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
  return { dir: resolve(chosen), now: options.now ?? (() => new Date()), timeoutMs }
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
