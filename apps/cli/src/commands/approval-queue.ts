import { join } from 'node:path'
import { openApprovals } from '@loki/approvals'
import type { ApprovalQueue } from '@loki/approvals'
import type { Call } from '../program/define.js'

/** The queue of a command's project. */
export function queueOf({ projectDir }: Call<unknown>): ApprovalQueue {
  return openApprovals({ dir: join(projectDir, '.loki', 'approvals'), enabled: true })
}
