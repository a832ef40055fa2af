export { openAudit } from './open.js'
export { verifyLog } from './chain/verify.js'
export { proveConsistency, verifyConsistency } from './checkpoint/consistency-proof.js'
export { proveEntry, verifyProof } from './checkpoint/entry-proof.js'
export { ownerKey } from './keys/owner.js'
export { AuditError } from './error.js'
export { pruneLog } from './prune.js'
export { countLog, searchLines, searchLog } from './reading/search.js'
export { followLog } from './reading/follow.js'
export { agentActionOf } from './reading/mirror.js'
export { erasePersonal, readPersonal, recordPersonal } from './erasure/personal.js'
export { sweepPersonal } from './erasure/sweep.js'
export { importLog } from './import/import.js'
export { agentFields, agentFieldsOf } from './fields/agent-fields.js'
export { controlPlaneFolder, openControlPlaneLog } from './control-plane/open.js'
export { mirrorControlPlane } from './control-plane/mirror.js'
export { searchControlPlane } from './control-plane/search.js'

export type { AuditErrorCode } from './error.js'
export type { KeyPlace } from './keys/folder.js'
export type { PruneOptions } from './prune.js'
export type { PrunedSegment, PruneReport } from './segments/prune.js'
export type { AuditQuery } from './reading/query.js'
export type { FollowOptions } from './reading/follow.js'
export type { AgentAction } from './reading/mirror.js'
export type { Erasure, ErasureRequest, Personal } from './erasure/personal.js'
export type { Sweep, SweepOptions } from './erasure/sweep.js'
export type { OldDefect, OldFormat } from './import/old-log.js'
export type { AgentFields, AgentFinding, AgentResult, AgentTokens, FindingSeverity } from './fields/agent-fields.js'
export type { MirrorOptions, MirrorReport } from './control-plane/mirror.js'
export type { ControlPlaneQuery } from './control-plane/search.js'
export type {
  ControlPlaneEntry,
  ControlPlaneInput,
  ControlPlaneLog,
  ControlPlaneOptions,
  ControlPlaneResult,
} from './control-plane/types.js'
export type { ImportedFile, ImportOptions, ImportProgress, ImportResult } from './import/types.js'
export type {
  Anchor,
  Anchoring,
  AuditEntry,
  AuditFilter,
  AuditInput,
  AuditLog,
  AuditOptions,
  ChainDefect,
  ChainReport,
  Durability,
  JsonObject,
  JsonValue,
  ProvenEntry,
  ProvenGrowth,
  Pruned,
  Verdict,
  VerifyOptions,
  Witnessing,
} from './types.js'
