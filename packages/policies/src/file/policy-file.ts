import type { Place } from './located.js'
import type { PackLevel } from '../pack/rule.js'
import type { TestedRule } from './entry.js'

/** A gate at which a person is asked, as the file says it; the approvals package acts on it. */
export interface ApprovalGate {
  readonly name: string
  readonly phase?: string
  readonly timeoutMinutes?: number
  readonly webhook?: string
  readonly autoApproveOnTimeout?: boolean
}

/** What becomes of a command that cannot be read, or not to its end. */
export type OpaqueAction = 'deny' | 'require_approval' | 'allow'

/** A value of the file beside its place. */
export interface Placed<T> extends Place {
  readonly value: T
}

/** Keys of the whole file that a lower level may be let to weaken. */
export type OverridableKey = 'pack' | 'opaque'

/** What a policy file holds. */
export interface PolicyFile {
  readonly rules: readonly TestedRule[]
  readonly approvalGates: readonly ApprovalGate[]
  /** True where the file has a secret detection of its own, which then stands in for the built-in one. */
  readonly detectsSecrets: boolean
  /** How much of the built-in pack is to hold, where the file says it. */
  readonly pack: Placed<PackLevel> | undefined
  readonly opaque: Placed<OpaqueAction> | undefined
  readonly overridable: readonly OverridableKey[]
}

export const EMPTY_FILE: PolicyFile = {
  rules: [],
  approvalGates: [],
  detectsSecrets: false,
  pack: undefined,
  opaque: undefined,
  overridable: [],
}
