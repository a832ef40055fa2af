import { relative } from 'node:path'
import { judge } from '../demo/checks.js'
import type { Check } from '../demo/checks.js'
import { makePlace } from '../demo/place.js'
import type { Place } from '../demo/place.js'
import { play } from '../demo/play.js'
import type { Played } from '../demo/play.js'
import { agentSays } from '../demo/recording.js'
import type { ExitName } from '../exit.js'
import { durationOf } from '../format.js'
import { decisionJson, LiveLog } from '../live-log.js'
import type { Output } from '../output.js'
import { ownCommand } from '../program-file.js'
import type { Call } from '../program/define.js'
import { plain, wrap } from '../text.js'

export interface DemoOptions {
  readonly keep?: boolean
}

/** `loki demo`: ends with 0 only if everything that it promises was really seen. */
export async function demo(call: Call<DemoOptions>): Promise<ExitName | undefined> {
  const { output, options } = call
  const startedAt = performance.now()
  const interruption = call.interrupted()
  const place = await makePlace()
  try {
    introduce(output, place)
    const live = new LiveLog({ write: show(output), color: output.color, columns: output.columns, says: ownWords })
    const played = await play(place, {
      decision: (action, verdict) => {
        live.decision(action, verdict)
      },
      progress: (progress) => {
        live.progress(progress)
      },
      signal: interruption.signal,
    })
    const interrupted = interruption.exit()
    if (interrupted !== undefined) return interrupted
    const checks = judge(place, played)
    const durationMs = Math.round(performance.now() - startedAt)
    if (output.json) output.record(summary(place, played, checks, { durationMs, kept: options.keep === true }))
    else conclude(output, { place, played, checks, durationMs, keep: options.keep === true })
    return checks.every(({ ok }) => ok) ? 'done' : 'failed'
  } finally {
    if (options.keep !== true) place.remove()
  }
}

function show(output: Output): (line: string) => void {
  return output.json ? () => undefined : output.data
}

/** What the agent says, and of what its tools print only how a command failed. */
function ownWords(text: string): string | undefined {
  const [, failure] = /\[(exit code \d+)\]\s*$/.exec(text) ?? []
  return failure ?? Object.values(agentSays).find((said) => said === text.trimEnd())
}

function introduce(output: Output, { project }: Place): void {
  if (output.json) return
  const { bold, dim } = output.color
  output.data(bold('A recorded agent works in a temporary project'))
  output.data(dim(`  ${project}`))
  output.data(dim('  rules: .loki/policies.yaml, SCOPE_DENIED_BRANCHES=main'))
}

interface Ending {
  readonly place: Place
  readonly played: Played
  readonly checks: readonly Check[]
  readonly durationMs: number
  readonly keep: boolean
}

function conclude(output: Output, { place, played, checks, durationMs, keep }: Ending): void {
  const { color, data } = output
  const loki = ownCommand()
  const width = Math.max(...checks.map(({ name }) => name.length))
  const narrow = (output.columns ?? 100) < width + 34
  data(`\n${color.bold('What was seen')}`)
  for (const { name, ok, detail } of checks) {
    const mark = ok ? color.green('✓') : color.red('✗')
    if (narrow || !ok) {
      data(`  ${mark} ${name}`)
      for (const line of wrap(plain(detail), (output.columns ?? 100) - 6)) data(`      ${color.dim(line)}`)
    } else {
      data(`  ${mark} ${name.padEnd(width)}  ${color.dim(plain(detail))}`)
    }
  }
  const failed = checks.filter(({ ok }) => !ok).length
  const took = color.dim(`in ${durationOf(durationMs)}`)
  data(
    `\n${failed === 0 ? color.green('All of it was seen') : color.red(`${failed} of ${checks.length} was not seen`)} ${took}`,
  )
  if (keep) {
    data(`Kept in ${place.root}`)
    data(color.dim(`  cd ${place.project}`))
    data(color.dim(`  ${loki} audit log`))
    data(color.dim(`  ${loki} audit verify ${relative(place.project, played.tampered.file)}`))
  } else {
    data(color.dim('The project is removed again; --keep leaves it to look at.'))
  }
  data('Next, in a project of yours:')
  data(color.dim(`  ${loki} hooks install claude`))
  data(color.dim(`  ${loki} start PRD.md`))
}

function summary(
  place: Place,
  { session, decided, proof, tampered }: Played,
  checks: readonly Check[],
  facts: { readonly durationMs: number; readonly kept: boolean },
): Readonly<Record<string, unknown>> {
  return {
    ok: checks.every(({ ok }) => ok),
    durationMs: facts.durationMs,
    project: facts.kept ? place.project : null,
    session: { id: session.id, status: session.status, tasks: session.tasks },
    checks,
    decisions: decided.map(({ action, verdict }) => decisionJson(action, verdict)),
    audit: { valid: proof.valid, entries: proof.entries, head: proof.head },
    tampered: {
      valid: tampered.report.valid,
      changedLine: tampered.line,
      line: tampered.report.line,
      error: tampered.report.error,
    },
  }
}
