import type { Action, Verdict } from '@loki/guard'
import { redact } from '@loki/policies'
import type { SessionProgress } from '@loki/runner'
import { countOf, durationOf } from './format.js'
import type { Colors } from './output.js'
import { plain, shorten, wrap } from './text.js'

export interface LiveLogOptions {
  readonly write: (line: string) => void
  readonly color: Colors
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number | undefined
  /** Which words of the agent are shown; all of them by default. */
  readonly says?: (text: string) => string | undefined
}

const TOOL_COLUMNS = 6
const MIN_COLUMNS = 40
const MAX_COLUMNS = 110
/** Lines of one burst of an agent's output that are shown. */
const BURST_LINES = 4
const BRANCH_WORDS = { created: 'on', committed: 'committed on', pull_request: 'pull request' } as const

/** Tells people what happens in a session, a line for each action with its verdict and, where refused, the reason. */
export class LiveLog {
  readonly #options: LiveLogOptions
  readonly #columns: number
  #refusal: string | undefined

  constructor(options: LiveLogOptions) {
    this.#options = options
    this.#columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, (options.columns ?? 101) - 1))
  }

  /** An action and what was decided on it. */
  decision(action: Action, verdict: Verdict): void {
    const { color } = this.#options
    const { decision, reason, suggest, rule } = verdict
    const [word, paint] = {
      ALLOW: ['✓ allow', color.green] as const,
      DENY: ['✗ DENY ', color.red] as const,
      REQUIRE_APPROVAL: ['? ask  ', color.yellow] as const,
    }[decision]
    const tool = shorten(plain(action.tool), 12).padEnd(TOOL_COLUMNS)
    const room = this.#columns - 4 - word.length - 2 - tool.length - 1
    this.#write(`    ${paint(word)}  ${color.dim(tool)} ${shorten(plain(subject(action)), room)}`)
    this.#refusal = decision === 'ALLOW' ? undefined : reason
    if (decision === 'ALLOW') return
    this.#indented(plain(reason), paint)
    const help = [
      ...(suggest === undefined ? [] : [`instead: ${suggest}`]),
      ...(rule === undefined ? [] : [`(rule ${rule})`]),
    ]
    this.#indented(plain(help.join(' ')), color.dim)
  }

  progress(progress: SessionProgress): void {
    const { color } = this.#options
    switch (progress.kind) {
      case 'session':
        if (progress.status === 'paused') this.#write(color.yellow('\n  paused; loki resume lets it go on'))
        return
      case 'task':
        if (progress.change === 'started')
          this.#write(`\n${color.bold(shorten(plain(progress.task.title), this.#columns))}`)
        return
      case 'phase':
        if (progress.change === 'started') {
          const round = progress.iteration > 1 ? color.dim(` (round ${progress.iteration})`) : ''
          this.#write(`  ${color.cyan(progress.phase)}${round}`)
        } else if (progress.error !== undefined) this.#indented(plain(progress.error), color.red)
        return
      case 'gate':
        this.#gate(progress)
        return
      case 'branch':
        this.#write(color.dim(`  ${BRANCH_WORDS[progress.change]} ${plain(progress.url ?? progress.branch)}`))
        return
      case 'budget':
        this.#write('')
        this.#indented(plain(progress.reason), progress.change === 'exceeded' ? color.red : color.yellow)
        return
      case 'output':
        this.#output(progress.text)
    }
  }

  #gate({ outcome, required, durationMs, reason, output }: Extract<SessionProgress, { kind: 'gate' }>): void {
    const { color } = this.#options
    const [mark, paint] = {
      passed: ['✓', color.green] as const,
      failed: ['✗', color.red] as const,
      unmeasured: ['-', color.yellow] as const,
    }[outcome]
    const took = durationMs === undefined ? '' : color.dim(` in ${durationOf(durationMs)}`)
    const lenient = outcome === 'failed' && !required ? color.dim(' (holds nothing back)') : ''
    this.#write(`    ${paint(`${mark} ${plain(reason)}`)}${took}${lenient}`)
    if (outcome !== 'failed' || output.trim() === '') return
    for (const line of output.trimEnd().split('\n').slice(-BURST_LINES)) {
      this.#write(color.dim(`      ${shorten(plain(line), this.#columns - 6)}`))
    }
  }

  #output(text: string): void {
    const { color, says = (said: string) => said } = this.#options
    const said = says(text)
    if (said === undefined || said.trim() === '') return
    if (this.#refusal !== undefined && said.includes(this.#refusal)) return // it was told just now
    const lines = said.trimEnd().split('\n')
    const shown = lines.slice(0, BURST_LINES).flatMap((line) => wrap(plain(line.trimEnd()), this.#columns - 6))
    for (const line of shown) this.#write(color.dim(`    │ ${line}`))
    if (lines.length > BURST_LINES)
      this.#write(color.dim(`    │ … ${countOf(lines.length - BURST_LINES, 'line')} more`))
  }

  #indented(text: string, paint: (text: string) => string): void {
    for (const line of wrap(text, this.#columns - 13)) this.#write(`             ${paint(line)}`)
  }

  #write(line: string): void {
    this.#options.write(line)
  }
}

/** A decision as a line of a stream. Contents are left out: they may be what was refused. */
export function decisionJson(action: Action, verdict: Verdict): Readonly<Record<string, unknown>> {
  const { session, agent, host, tool, kind } = action
  const { decision, reason, rule, suggest, seq } = verdict
  return {
    kind: 'decision',
    session,
    agent,
    host,
    tool,
    action: kind,
    subject: subject(action),
    decision,
    reason,
    rule,
    suggest,
    seq,
  }
}

/** What an action is about, without the secrets in it. */
function subject(action: Action): string {
  return redact(action.command ?? action.paths?.join(' ') ?? action.url ?? action.branch ?? action.server?.name ?? '')
}
