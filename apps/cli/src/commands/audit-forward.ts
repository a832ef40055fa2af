import { once } from 'node:events'
import { forwardTargets, openForwarding, testTarget } from '@loki/audit/forward'
import type { Forwarding, TargetStatus, TestResult } from '@loki/audit/forward'
import { auditFolder, cliPrincipal } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, timeOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'

export interface ForwardRunOptions {
  readonly once?: boolean
}

/** How often `run` tells what changed. */
const REPORT_MS = 5000

/** `loki audit forward test`. */
export async function test(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, args } = call
  const all = forwardTargets(process.env)
  if (all.length === 0) throw notConfigured()
  const named = args[0]
  const targets = named === undefined ? all : all.filter(({ kind }) => kind === named)
  if (targets.length === 0) {
    throw usageError(
      `${JSON.stringify(named)} is no receiver that is configured.`,
      `Configured: ${all.map(({ kind }) => kind).join(', ')}`,
    )
  }
  const results = await Promise.all(targets.map((target) => testTarget(target, { who: cliPrincipal() })))
  for (const result of results) {
    if (output.json) output.record(result)
    else output.data(told(output, result))
  }
  return results.every(({ ok }) => ok) ? 'done' : 'failed'
}

/** `loki audit forward status`. */
export async function status(call: Call<unknown>): Promise<ExitName | undefined> {
  const forwarding = opened(call.projectDir)
  try {
    show(call.output, await forwarding.status())
  } finally {
    await forwarding.close()
  }
  return undefined
}

/** `loki audit forward run`. */
export async function run(call: Call<ForwardRunOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const forwarding = opened(projectDir)
  try {
    if (options.once === true) {
      const statuses = await forwarding.drain()
      show(output, statuses)
      return statuses.every(({ failure }) => failure === null) ? 'done' : 'failed'
    }
    return await goOn(call, forwarding)
  } finally {
    await forwarding.close()
  }
}

async function goOn({ output, interrupted }: Call<unknown>, forwarding: Forwarding): Promise<ExitName | undefined> {
  const { signal, exit } = interrupted()
  let told = ''
  const report = async (): Promise<void> => {
    const statuses = await forwarding.status()
    const now = JSON.stringify(statuses.map(({ delivered, failure }) => [delivered, failure?.reason]))
    if (now === told) return
    told = now
    for (const one of statuses) {
      if (output.json) output.record(one)
      else output.note(sentence(output, one))
    }
  }
  forwarding.start()
  // What a report cannot read now, the next one may.
  const timer = setInterval(() => void report().catch(() => undefined), REPORT_MS)
  try {
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    clearInterval(timer)
  }
  await report()
  return exit()
}

function opened(projectDir: string): Forwarding {
  const forwarding = openForwarding({ dir: auditFolder(projectDir) })
  if (forwarding.enabled) return forwarding
  if (forwardTargets(process.env).length === 0) throw notConfigured()
  throw new CliError('AUDIT_OFF', 'Auditing is switched off by LOKI_AUDIT_DISABLED.', {
    next: 'Unset LOKI_AUDIT_DISABLED.',
  })
}

function notConfigured(): CliError {
  return new CliError('NOT_CONFIGURED', 'No receiver is configured: the log is forwarded nowhere.', {
    next: 'Set LOKI_AUDIT_SYSLOG_HOST, LOKI_AUDIT_SPLUNK_URL, LOKI_AUDIT_ELASTICSEARCH_URL, LOKI_AUDIT_CLOUDWATCH_GROUP or LOKI_AUDIT_OTLP.',
  })
}

function told({ color }: Output, { ok, acknowledged, destination, answer, hash, durationMs }: TestResult): string {
  const word = acknowledged ? color.green('✓ has it') : ok ? color.yellow('· sent') : color.red('✗ failed')
  // The answer is the receiver's own words.
  return `${word}  ${destination}  ${color.dim(`${durationMs} ms`)}\n  ${plain(answer)}\n  ${color.dim(hash)}`
}

function show(output: Output, statuses: readonly TargetStatus[]): void {
  if (output.json) {
    for (const one of statuses) output.record(one)
    return
  }
  const { color } = output
  const listing = table(output, statuses, [
    { title: 'TARGET', value: ({ target }) => target },
    {
      title: 'BEHIND',
      value: ({ lag }) => String(lag),
      paint: (text, { lag }) => (lag > 0 ? color.yellow(text) : text),
    },
    { title: 'DELIVERED', value: ({ delivered }) => String(delivered) },
    { title: 'CUT', value: ({ cut }) => String(cut) },
    {
      title: 'REFUSED',
      value: ({ refused }) => String(refused),
      paint: (text, { refused }) => (refused > 0 ? color.red(text) : text),
    },
    {
      title: 'LAST',
      value: ({ deliveredAt }) => (deliveredAt === null ? 'never' : timeOf(deliveredAt)),
      paint: color.dim,
    },
    { title: 'STATE', value: stateOf, paint: (text, { failure }) => (failure === null ? text : color.red(text)) },
  ])
  output.data(listing)
}

function stateOf({ failure, destination }: TargetStatus): string {
  if (failure === null) return destination
  return `${destination}: ${failure.reason} (${countOf(failure.attempts, 'attempt', 'attempts')})`
}

function sentence({ noteColor }: Output, status: TargetStatus): string {
  const { target, delivered, lag, failure } = status
  const rest = lag === 0 ? '' : `, ${countOf(lag, 'entry', 'entries')} behind`
  return failure === null
    ? `${target}: ${countOf(delivered, 'entry', 'entries')} delivered${rest}`
    : noteColor.red(`${target}: ${plain(failure.reason)}${rest}`)
}
