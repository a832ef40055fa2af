export { openAudit } from './open.js'
export { verifyLog } from './chain/verify.js'
export { AuditError } from './error.js'

export type { AuditErrorCode } from './error.js'
export type {
  AuditEntry,
  AuditFilter,
  AuditInput,
  AuditLog,
  AuditOptions,
  ChainDefect,
  ChainReport,
  JsonObject,
  JsonValue,
} from './types.js'
