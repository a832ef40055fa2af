import { type EntryContext, type ReadEntry, type Section, textOf } from '../entry.js'

/** `approval_gates`: kept as data; no rule follows from it here. */
export const APPROVAL_GATES: Section = {
  keys: ['name', 'phase', 'timeout_minutes', 'webhook', 'auto_approve_on_timeout'],
  required: ['name'],
  read,
}

function read(context: EntryContext): ReadEntry {
  const { name, fields, reader } = context
  const phase = textOf(context, 'phase')
  const webhook = textOf(context, 'webhook')
  const minutes = fields.get('timeout_minutes')
  const timeoutMinutes =
    minutes === undefined ? undefined : reader.number(minutes.value, 'timeout_minutes', { least: 0, most: 525_600 })
  const auto = fields.get('auto_approve_on_timeout')
  const autoApprove = auto === undefined ? undefined : reader.boolean(auto.value, 'auto_approve_on_timeout')
  return {
    approvalGate: {
      name,
      ...(phase === undefined ? {} : { phase }),
      ...(webhook === undefined ? {} : { webhook }),
      ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
      ...(autoApprove === undefined ? {} : { autoApproveOnTimeout: autoApprove }),
    },
  }
}
