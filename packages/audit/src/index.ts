export { openAudit } from './open.js'
export { verifyLog } from './chain/verify.js'
export { proveConsistency, verifyConsistency } from './checkpoint/consistency-proof.js'
export { proveEntry, verifyProof } from './checkpoint/entry-proof.js'
export { ownerKey } from './keys/owner.js'
export { AuditError } from './error.js'
export { countLog, searchLines, searchLog } from './reading/search.js'
export { followLog } from './reading/follow.js'
export { agentActionOf } from './reading/mirror.js'

export type { AuditErrorCode } from './error.js'
export type { KeyPlace } from './keys/owner.js'
export type { AuditQuery } from './reading/query.js'
export type { FollowOptions } from './reading/follow.js'
export type { AgentAction } from './reading/mirror.js'
export type {
  Anchoring,
  AuditEntry,
  AuditFilter,
  AuditInput,
  AuditLog,
  AuditOptions,
  ChainDefect,
  ChainReport,
  JsonObject,
  JsonValue,
  ProvenEntry,
  ProvenGrowth,
  Verdict,
  VerifyOptions,
} from './types.js'
