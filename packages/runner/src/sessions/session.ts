import { writeControl, type ControlRequest, type Guard } from '@loki/guard'
import type { ProviderOutcome, TokenUsage } from '../providers/provider.js'
import type { Chronicle } from './chronicle.js'
import { requesterOf, watchControl, type ControlWatch } from './control.js'
import { closedState, type SessionState, type SessionStatus, type Task } from './state.js'
import { writeState } from './store.js'

export interface SessionOptions {
  readonly projectDir: string
  readonly state: SessionState
  readonly guard: Guard
  readonly chronicle: Chronicle
  readonly now: () => Date
}

/** A session at work: its state, on disk at every change, and the requests of people. */
export class Session {
  readonly id: string
  readonly projectDir: string
  readonly guard: Guard
  readonly chronicle: Chronicle
  readonly #now: () => Date
  readonly #control: ControlWatch
  readonly #stopping = new AbortController()
  /** What the session waits for, where it is not a person's own wish. */
  waitsFor: 'budget' | 'unknown_price' | undefined
  #state: SessionState
  #failure: unknown
  #measured = true
  #changes: Promise<void> = Promise.resolve()

  constructor(options: SessionOptions) {
    this.id = options.state.id
    this.projectDir = options.projectDir
    this.guard = options.guard
    this.chronicle = options.chronicle
    this.#now = options.now
    this.#state = options.state
    this.#control = watchControl(this.projectDir, this.id, (request) => {
      this.#obey(request)
    })
  }

  get state(): SessionState {
    return this.#state
  }

  /** Fires once, when the session is stopped or cannot go on. */
  get stopSignal(): AbortSignal {
    return this.#stopping.signal
  }

  /** What made it impossible to go on, if anything did. */
  get failure(): unknown {
    return this.#failure
  }

  /** Who asked for the last pause, resume or stop, by their own word. */
  get requester(): string | undefined {
    return requesterOf(this.projectDir, this.id)
  }

  /** Waits while the session is paused; false once it is stopped. Asked before every step. */
  async runnable(): Promise<boolean> {
    return (await this.#control.runnable()) && !this.stopSignal.aborted
  }

  update(change: Partial<SessionState>): void {
    const state = { ...this.#state, ...change, updatedAt: this.#now().toISOString() }
    writeState(this.projectDir, state)
    this.#state = state
  }

  /** Gates that the work has passed as it is; a deployment is decided on by them. */
  passedGates(passedGates: readonly string[]): void {
    this.guard.gatesPassed(this.id, passedGates)
    this.update({ passedGates })
  }

  /** The work is about to change: what it passed, it passed as it was. */
  forgetGates(): void {
    this.guard.gatesPassed(this.id, [])
    if (this.#state.passedGates === undefined) return
    const state: { -readonly [Field in keyof SessionState]: SessionState[Field] } = { ...this.#state }
    delete state.passedGates
    this.#state = state
    this.update({})
  }

  updateTask(id: string, change: Partial<Task>): Task {
    const tasks = this.#state.tasks.map((task) => (task.id === id ? { ...task, ...change } : task))
    this.update({ tasks })
    const task = tasks.find((candidate) => candidate.id === id)
    if (task === undefined) throw new Error(`There is no task ${id} in session ${this.id}.`)
    return task
  }

  /** Tokens used so far, those read from a cache too; undefined once a turn was not measured. */
  get tokensUsed(): number | undefined {
    if (!this.#measured) return undefined
    const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = this.#state.usage ?? {}
    return input + output + cacheRead + cacheWrite
  }

  /** Adds what a turn was measured to cost. What was not measured is unknown from here on, and changes no figure. */
  addUsage({ usage, costUsd }: ProviderOutcome): void {
    if (usage === undefined) this.#measured = false
    if (usage === undefined && costUsd === undefined) return
    this.update({
      ...(usage === undefined ? {} : { usage: sum(this.#state.usage, usage) }),
      ...(costUsd === undefined ? {} : { costUsd: (this.#state.costUsd ?? 0) + costUsd }),
    })
  }

  /** Shows the session as paused for a reason that is not a person's wish. */
  async hold(reason: string, by: string): Promise<void> {
    this.update({ status: 'paused', reason })
    this.chronicle.show({ kind: 'session', session: this.id, status: 'paused', reason })
    await this.chronicle.record('session.paused', { by })
  }

  /** Ends a hold. */
  async proceed(by: string): Promise<void> {
    const running: { -readonly [Field in keyof SessionState]: SessionState[Field] } = { ...this.#state }
    delete running.reason
    this.#state = running
    this.update({ status: 'running' })
    this.chronicle.show({ kind: 'session', session: this.id, status: 'running' })
    await this.chronicle.record('session.resumed', { by })
  }

  /** Stops the session as a person would: from here on the guard refuses every action. */
  stop(by: string): void {
    try {
      writeControl(this.projectDir, this.id, 'stop', by)
    } finally {
      this.#stopping.abort()
    }
  }

  /** Ends the work because something that must not fail did. */
  fail(failure: unknown): void {
    this.#failure ??= failure
    this.#control.close()
    this.#stopping.abort()
  }

  /** Stops listening; resolves when everything that was asked is on the record. */
  async settled(): Promise<void> {
    this.#control.close()
    await this.#changes
  }

  /** Writes the last state. */
  end(status: SessionStatus, reason: string | undefined): void {
    this.#control.close()
    const state = closedState(this.#state, { status, reason, endedAt: this.#now().toISOString() })
    writeState(this.projectDir, state)
    this.#state = state
    this.chronicle.show({ kind: 'session', session: this.id, status, ...(reason === undefined ? {} : { reason }) })
  }

  #obey(request: ControlRequest): void {
    if (request === 'stop') {
      this.#stopping.abort()
      return
    }
    const status = request === 'pause' ? 'paused' : 'running'
    const by = this.requester
    const record = async (): Promise<void> => {
      const what = request === 'pause' ? 'session.paused' : 'session.resumed'
      await this.chronicle.record(what, by === undefined ? {} : { by })
    }
    try {
      this.update({ status })
      this.chronicle.show({ kind: 'session', session: this.id, status })
      // One after the other, so that the log tells them in the order in which they happened.
      this.#changes = this.#changes.then(record).catch((thrown: unknown) => {
        this.fail(thrown)
      })
    } catch (thrown) {
      this.fail(thrown)
    }
  }
}

function sum(a: TokenUsage | undefined, b: TokenUsage): TokenUsage {
  return {
    input: (a?.input ?? 0) + b.input,
    output: (a?.output ?? 0) + b.output,
    ...both('cacheRead', a, b),
    ...both('cacheWrite', a, b),
    ...both('reasoning', a, b),
  }
}

/** A part that neither turn measured stays absent. */
function both(
  part: 'cacheRead' | 'cacheWrite' | 'reasoning',
  a: TokenUsage | undefined,
  b: TokenUsage,
): Partial<TokenUsage> {
  if (a?.[part] === undefined && b[part] === undefined) return {}
  return { [part]: (a?.[part] ?? 0) + (b[part] ?? 0) }
}
