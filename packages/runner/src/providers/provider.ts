/** Every way to drive an agent that this package knows. */
export type ProviderName = 'claude' | 'codex' | 'gemini' | 'command' | 'replay'

/** Where a task is on its round: plan, do, review, prove. */
export type Phase = 'REASON' | 'ACT' | 'REFLECT' | 'VERIFY'

/** What a provider is asked to do once: one phase of one task. */
export interface ProviderTurn {
  readonly session: string
  readonly task: string
  readonly phase: Phase
  readonly prompt: string
  readonly projectDir: string
  /** A private folder of the session, outside the project, for files that the provider needs while it runs. */
  readonly scratchDir: string
  /** The whole environment of the agent; it already holds the variables that lead its hooks to this session's guard. */
  readonly env: NodeJS.ProcessEnv
  /** The program and first arguments of a hook; the host's name is appended by the provider. */
  readonly hookCommand: readonly string[]
  /** Fires when the session is stopped; the provider ends its process group and returns. */
  readonly signal: AbortSignal
  /** Receives what the agent says, as it says it. */
  readonly onOutput?: (text: string) => void
}

/**
 * What a turn cost in tokens, by one count for all hosts; a part that a host does not report is absent.
 * `input`, `cacheRead` and `cacheWrite` are disjoint: together they are what the models were sent.
 */
export interface TokenUsage {
  /** Sent, and neither read from a cache nor written to one. */
  readonly input: number
  /** All that was generated, `reasoning` with it. */
  readonly output: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  /** The part of `output` that was not shown. */
  readonly reasoning?: number
}

/** How a turn ended. `exitCode` 0 without `error` is success. */
export interface ProviderOutcome {
  readonly exitCode: number | null
  readonly signal?: string
  readonly text: string
  readonly usage?: TokenUsage
  /** The same by model, from the hosts that say it. */
  readonly usageByModel?: Readonly<Record<string, TokenUsage>>
  readonly costUsd?: number
  readonly error?: string
}

/** One way to drive an agent. */
export interface Provider {
  readonly name: ProviderName
  /** Resolves to the path of the program that it needs, or `undefined` where that is not installed. */
  locate(env: NodeJS.ProcessEnv): Promise<string | undefined>
  /** Runs one turn; a failure of the agent is an outcome, never an exception. */
  run(turn: ProviderTurn): Promise<ProviderOutcome>
}
