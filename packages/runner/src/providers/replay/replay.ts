import { refusalText, type Guard } from '@loki/guard'
import type { Provider, ProviderOutcome, ProviderTurn } from '../provider.js'
import type { Call, Recording } from './recording.js'
import { actionOf, execute } from './tools.js'

const maxText = 256 * 1024

/**
 * Plays a recorded agent: each of its tool calls is put before the guard and, where that says yes, really made.
 * It needs no model. Once something did not go as the recording expects, every later turn fails too, so that an
 * iteration more can't paper over it.
 */
export function replayProvider(recording: Recording, guard: Guard): Provider {
  let broken: string | undefined
  return {
    name: 'replay',
    locate: () => Promise.resolve(process.execPath),
    async run(turn: ProviderTurn): Promise<ProviderOutcome> {
      const play = new Play(turn, guard)
      broken ??= await play.steps(recording)
      if (turn.signal.aborted) return { exitCode: null, signal: 'SIGTERM', text: play.text }
      if (broken !== undefined) return { exitCode: 1, text: play.text, error: broken }
      return { exitCode: 0, text: play.text }
    },
  }
}

class Play {
  text = ''
  readonly #turn: ProviderTurn
  readonly #guard: Guard

  constructor(turn: ProviderTurn, guard: Guard) {
    this.#turn = turn
    this.#guard = guard
  }

  /** Plays what was recorded for this turn. Returns what went otherwise than recorded, if anything did. */
  async steps(recording: Recording): Promise<string | undefined> {
    const { task, phase, env, signal } = this.#turn
    const iteration = Number(env.LOKI_ITERATION ?? '1')
    const turns = recording.turns.filter(
      (turn) => turn.phase === phase && turn.iteration === iteration && (turn.task ?? task) === task,
    )
    for (const step of turns.flatMap((turn) => turn.steps)) {
      if (signal.aborted) return undefined
      if (step.kind === 'say') {
        this.#say(`${step.text}\n`)
        continue
      }
      const end = await this.#call(step)
      if (end === 'end_turn') return undefined
      if (end !== undefined) return end.problem
    }
    return undefined
  }

  async #call(call: Call): Promise<'end_turn' | { readonly problem: string } | undefined> {
    const action = actionOf(call.tool, this.#turn)
    const verdict = await this.#guard.check(action, { signal: this.#turn.signal })
    if (this.#turn.signal.aborted) return 'end_turn'
    if (call.expect !== undefined && call.expect !== verdict.decision) {
      const called = `${call.tool.name} ${JSON.stringify(subject(call))}`
      return {
        problem: `the recording expects ${call.expect} for ${called}, the guard said ${verdict.decision}: ${verdict.reason}`,
      }
    }
    if (verdict.decision !== 'ALLOW') {
      this.#say(`[${refusalText(verdict)}]\n`)
      if (call.onRefusal === 'fail') return { problem: `the recording needs what was refused: ${verdict.reason}` }
      return call.onRefusal === 'end_turn' ? 'end_turn' : undefined
    }
    const { result, shown } = await execute(call.tool, this.#turn)
    await this.#guard.finished(action, result)
    this.#say(shown)
    return undefined
  }

  #say(text: string): void {
    this.text = `${this.text}${text}`.slice(-maxText)
    this.#turn.onOutput?.(text)
  }
}

function subject({ tool }: Call): string {
  return (tool.name === 'Bash' ? tool.command : tool.path).slice(0, 200)
}
