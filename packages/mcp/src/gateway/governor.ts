import { refusalText } from '@loki/guard'
import type { Action, Verdict } from '@loki/guard'
import { clean, withoutSecrets } from '../answer/clean.js'
import { textsOf, withTexts } from '../answer/texts.js'
import { McpError, messageOf } from '../errors.js'
import type { Settings } from './options.js'

const CLEAN = { kind: 'clean' } as const

/** What a request brings back, as the agent may see it. */
export type Answer<T> = { readonly value: T; readonly failed?: string }

/** A request that the guard refused. Its message is for the agent. */
export class Refusal extends Error {
  readonly verdict: Verdict

  constructor(verdict: Verdict) {
    const ask = 'Ask the person you work for to allow it in the project’s policy; nothing was sent to the server.'
    const record = verdict.seq === undefined ? '' : ` [record ${verdict.seq}]`
    super(`${refusalText(verdict)}${verdict.decision === 'REQUIRE_APPROVAL' ? ` ${ask}` : ''}${record}`)
    this.verdict = verdict
  }
}

/** Puts every request to a server before the guard, and takes the secrets out of what comes back. */
export class Governor {
  readonly #settings: Settings
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /**
   * Runs the work if the guard lets the action through, and records its end. Rejects with a {@link Refusal}, with
   * `TOO_LARGE` for a result that nobody could check, or with what the work threw, without its secrets.
   */
  run<T>(action: Action, work: () => Promise<Answer<T>>, signal: AbortSignal): Promise<T> {
    const running = this.#run(action, work, signal)
    const ended = running.then(
      () => undefined,
      () => undefined,
    )
    this.#underWay.add(ended)
    void ended.then(() => this.#underWay.delete(ended))
    return running
  }

  /** Resolves when every request has ended and its end is recorded. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #run<T>(action: Action, work: () => Promise<Answer<T>>, signal: AbortSignal): Promise<T> {
    const verdict = await this.#settings.guard.check(action)
    if (verdict.decision !== 'ALLOW') throw new Refusal(verdict)
    const startedAt = performance.now()
    const finished = (result: { ok: boolean; outputBytes?: number; error?: string }): Promise<void> =>
      this.#finished(action, { durationMs: Math.round(performance.now() - startedAt), ...result })
    try {
      if (signal.aborted) throw new McpError('REFUSED', 'The agent withdrew the request before it was sent.')
      const { value, failed } = await work()
      const { checked, bytes } = await this.#checked(action, value)
      const error = failed === undefined ? {} : { error: failed }
      await finished({ ok: failed === undefined, outputBytes: bytes, ...error })
      return checked
    } catch (thrown) {
      const message = withoutSecrets(messageOf(thrown))
      await finished({ ok: false, error: message })
      if (thrown instanceof McpError) throw new McpError(thrown.code, message)
      throw thrown
    }
  }

  /** What an agent may see of a result: as the rules for data say, and never a secret, whatever they say. */
  async #checked<T>(action: Action, value: T): Promise<{ readonly checked: T; readonly bytes: number }> {
    const { maxResultBytes, guard } = this.#settings
    const bytes = Buffer.byteLength(JSON.stringify(value))
    if (bytes > maxResultBytes) {
      throw new McpError(
        'TOO_LARGE',
        `The result has ${bytes} bytes; at most ${maxResultBytes} can be checked and shown. Ask for less of it.`,
      )
    }
    const texts = textsOf(value)
    const review = texts.length === 0 ? CLEAN : await guard.reviewOutput(action, texts)
    if (review.kind === 'withheld') throw new McpError('REFUSED', `The result is withheld: ${review.reason}`)
    return { checked: clean(review.kind === 'redacted' ? withTexts(value, review.texts) : value), bytes }
  }

  /** What has happened has happened: a record that fails is told to a person, and the agent learns the result. */
  async #finished(action: Action, result: Parameters<Settings['guard']['finished']>[1]): Promise<void> {
    try {
      await this.#settings.guard.finished(action, result)
    } catch (thrown) {
      this.#settings.onNotice(`the end of ${action.tool} could not be recorded: ${messageOf(thrown)}`)
    }
  }
}
