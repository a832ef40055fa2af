export { ApprovalError } from './error.js'
export { openApprovals } from './open.js'

export type {
  Answer,
  Approval,
  ApprovalQueue,
  ApprovalScope,
  ApprovalsOptions,
  ApprovalStatus,
  Decision,
  Question,
} from './types.js'
export type { ApprovalErrorCode } from './error.js'
