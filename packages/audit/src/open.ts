import { disabledReport } from './chain/report.js'
import { settingsOf } from './settings.js'
import { SharedLog } from './shared-log.js'
import type { AuditLog, AuditOptions } from './types.js'

/**
 * Opens the audit log of a folder, or the log that does nothing when auditing is off.
 * Touches no file before the first record or read; throws an AuditError for a malformed variable.
 */
export function openAudit(options: AuditOptions = {}): AuditLog {
  const settings = settingsOf(options)
  return settings === undefined ? OFF : new SharedLog(settings)
}

const OFF: AuditLog = Object.freeze({
  enabled: false,
  dir: undefined,
  record: () => Promise.resolve(undefined),
  // eslint-disable-next-line @typescript-eslint/require-await -- the type is an async iterable, and there is nothing to wait for
  readEntries: async function* () {
    yield* []
  },
  verifyChain: () => Promise.resolve(disabledReport()),
  close: () => Promise.resolve(),
})
