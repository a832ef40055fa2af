import { join } from 'node:path'
import { openApprovals } from '@loki/approvals'
import type { ApprovalAnswer, ApprovalQuestion } from '@loki/mcp'
import { redact } from '@loki/policies'

/**
 * Puts what an agent asks in its own words to people. Their answer is for the agent to read and lets no action through: an
 * action that needs approval is asked about by itself, when it is tried.
 */
export function askPeople(projectDir: string): (question: ApprovalQuestion) => Promise<ApprovalAnswer> {
  const queue = openApprovals({ dir: join(projectDir, '.loki', 'approvals'), enabled: true })
  return async ({ session = 'mcp', what, why }) => {
    const subject = `wish:${what}`
    const known = (await queue.list()).find((one) => one.subject === subject && one.session === session)
    const { id, status, decision } =
      known ??
      (await queue.ask({
        subject,
        session,
        requestedBy: `agent:mcp/${session}`,
        summary: redact(what),
        reason: redact(why),
      }))
    const comment = decision?.comment === undefined ? '' : ` They say: ${decision.comment}`
    const waits = `A person answers with: loki approvals approve ${id}. Ask again later, or go on with something else.`
    const note = status === 'pending' ? waits : `${NOTES[status === 'approved' ? 'approved' : 'rejected']}${comment}`
    return { status: status === 'expired' ? 'rejected' : status, id, note }
  }
}

const NOTES = {
  approved: 'A person agrees. Each action is still decided on when you try it.',
  rejected: 'A person does not agree, or nobody answered in time.',
} as const
