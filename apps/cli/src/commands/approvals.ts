import type { Answer, Approval, ApprovalStatus } from '@loki/approvals'
import { formatDollars } from '@loki/costs'
import { cliPrincipal } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, timeOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { openProjectLog } from '../project-log.js'
import { plain } from '../text.js'
import { queueOf } from './approval-queue.js'

export interface ListOptions {
  readonly status?: string
}

export interface AnswerOptions {
  readonly comment?: string
  readonly session?: boolean
  readonly until?: string
}

const STATUSES: readonly ApprovalStatus[] = ['pending', 'approved', 'rejected', 'expired']

/** `loki approvals list`: ends with 4 where a question waits. */
export async function list(call: Call<ListOptions>): Promise<ExitName | undefined> {
  const { output, options } = call
  const wanted = options.status ?? 'pending'
  const status = STATUSES.find((one) => one === wanted)
  if (status === undefined && wanted !== 'all') {
    throw usageError(`--status is one of ${STATUSES.join(', ')} or all; got ${JSON.stringify(wanted)}.`)
  }
  const found = await queueOf(call).list(status)
  if (output.json) output.record({ approvals: found })
  else if (found.length === 0) output.note(wanted === 'pending' ? 'Nobody waits for an approval.' : 'There is none.')
  else {
    const { color } = output
    output.data(
      table(output, found, [
        { title: 'ID', value: ({ id }) => id },
        { title: 'ASKED', value: ({ createdAt }) => timeOf(createdAt), paint: color.dim },
        { title: 'STATUS', value: ({ status: now }) => now, paint: (text, one) => painted(output, text, one) },
        { title: 'BY', value: ({ requestedBy }) => requestedBy },
        { title: 'WHAT', value: ({ summary, reason }) => `${summary} · ${reason}` },
      ]),
    )
  }
  return found.some((one) => one.status === 'pending') ? 'waiting' : undefined
}

/** `loki approvals show`. */
export async function show(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const approval = await queueOf(call).get(await idOf(call))
  if (output.json) output.record(approval)
  else output.data(words(output, approval))
  return undefined
}

/** `loki approvals approve`. */
export function approve(call: Call<AnswerOptions>): Promise<ExitName | undefined> {
  const { session, until } = call.options
  if (until !== undefined && session !== true)
    throw usageError('--until needs --session: an approval for once has no end.')
  const end = until === undefined ? undefined : new Date(until)
  if (end !== undefined && !(end.getTime() > Date.now()))
    throw usageError('--until is a time to come such as 2030-01-31T12:00Z.')
  const scope = session === true ? { scope: 'session' as const } : {}
  return answered(call, { outcome: 'approved', ...scope, ...(end === undefined ? {} : { until: end }) })
}

/** `loki approvals reject`. */
export function reject(call: Call<AnswerOptions>): Promise<ExitName | undefined> {
  return answered(call, { outcome: 'rejected' })
}

/** On the audit log before it counts: an answer that is not on the record is none. */
async function answered(
  call: Call<AnswerOptions>,
  answer: Omit<Answer, 'by' | 'comment'>,
): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const queue = queueOf(call)
  const id = await idOf(call)
  const by = cliPrincipal()
  const { subject, session, summary } = await queue.get(id)
  const audit = openProjectLog(projectDir)
  try {
    const { outcome, scope = 'once' } = answer
    const metadata = { approval: id, session, subject, scope }
    await audit.record({ who: by, what: `approval.${outcome}`, where: summary, why: options.comment ?? null, metadata })
  } finally {
    await audit.close()
  }
  const comment = options.comment === undefined ? {} : { comment: options.comment }
  const approval = await queue.answer(id, { ...answer, by, ...comment })
  if (output.json) output.record(approval)
  else output.note(said(approval))
  return undefined
}

function said({ status, needed, approvedBy, id, decision }: Approval): string {
  if (status === 'pending') return `${id}: ${approvedBy.length} of ${needed} have approved.`
  if (status === 'rejected') return `${id} is rejected; the agent is told so when it tries again.`
  const scope = decision?.scope === 'session' ? 'again and again in its session' : 'once'
  return `${id} is approved: exactly this may happen, ${scope}.`
}

/** An id, or as much of its beginning as is enough. */
async function idOf(call: Call<unknown>): Promise<string> {
  const [text = ''] = call.args
  const all = await queueOf(call).list()
  const found = all.filter(({ id }) => id.startsWith(text) || id.startsWith(`apr-${text}`))
  const [first, second] = found
  if (first !== undefined && second === undefined) return first.id
  const many = second !== undefined
  throw new CliError(
    'UNKNOWN_APPROVAL',
    many ? `${countOf(found.length, 'approval')} begin with ${text}.` : `There is no approval ${text}.`,
    {
      next: many ? 'Give more of the id.' : 'See what waits: loki approvals list',
    },
  )
}

function words(output: Output, approval: Approval): string {
  const { color } = output
  const {
    id,
    status,
    requestedBy,
    summary,
    details,
    reason,
    rule,
    suggest,
    severity,
    costMicros,
    createdAt,
    expiresAt,
    decision,
  } = approval
  const rows: (readonly [string, string | undefined])[] = [
    ['asked', `${timeOf(createdAt)} by ${requestedBy}; until ${timeOf(expiresAt)}`],
    ['what', summary],
    ['why', reason],
    ['rule', [rule, severity].filter((one) => one !== undefined).join(', ')],
    ['instead', suggest],
    ['cost', costMicros === undefined ? undefined : `$${formatDollars(costMicros)} so far`],
    ['answer', decision === undefined ? undefined : `${decision.outcome} by ${decision.by}, ${timeOf(decision.at)}`],
    ['comment', decision?.comment],
  ]
  const lines = rows.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`  ${color.dim(name.padEnd(8))} ${plain(value)}`],
  )
  const whole = details === undefined ? [] : ['', ...details.split('\n').map((line) => `  ${plain(line)}`)]
  return [`${color.bold(id)}  ${painted(output, status, approval)}`, ...lines, ...whole].join('\n')
}

function painted({ color }: Output, text: string, { status }: Approval): string {
  if (status === 'approved') return color.green(text)
  return status === 'pending' ? color.yellow(text) : color.red(text)
}
