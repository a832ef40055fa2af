/** What kind of thing an agent is about to do. */
export type ActionKind =
  'command' | 'file_read' | 'file_write' | 'network' | 'mcp_tool' | 'git' | 'model_call' | 'deploy' | 'agent' | 'other'

/** Which program an action comes from: an agent CLI whose hooks call us, or a door of our own. */
export type HostName =
  | 'claude'
  | 'codex'
  | 'gemini'
  | 'opencode'
  | 'copilot'
  | 'cursor'
  | 'command'
  | 'replay'
  | 'cli'
  | 'api'
  | 'git'
  | 'mcp'

/** One thing an agent is about to do, in the words of no particular agent. Plain data: it survives JSON. */
export type Action = {
  readonly kind: ActionKind
  /** The Loki session, or `<host>-<its own session id>` where an agent was not started by Loki. */
  readonly session: string
  /** Who inside the session acts: `main`, or the host's id of a sub-agent. */
  readonly agent: string
  readonly host: HostName
  /** The tool by the host's own name: `Bash`, `run_shell_command`, `mcp__gov__echo`. */
  readonly tool: string
  /** Absolute folder in which the action runs. */
  readonly cwd: string
  /** Absolute root of the governed project. */
  readonly projectDir: string
  /** Kind `command`: the script as the shell would get it. */
  readonly command?: string
  /** Every path the action names, before resolution; relative ones are relative to `cwd`. */
  readonly paths?: readonly string[]
  readonly url?: string
  readonly server?: { readonly name: string; readonly source?: string }
  /** The branch checked out at `cwd`, where it is known. */
  readonly branch?: string
  /** What would be written or sent; the `data` enforcement point scans it. */
  readonly content?: string
  readonly provider?: string
  readonly model?: string
  /** Where the model runs, in the provider's own words: `eu-west-1`. */
  readonly region?: string
  /** Kind `model_call`: tokens that the session has used so far, where all of them were measured. */
  readonly tokensUsed?: number
}

/** What became of an action that was let through. Unmeasured fields are absent, never zero. */
export type ActionResult = {
  readonly ok: boolean
  readonly durationMs?: number
  readonly exitCode?: number
  readonly outputBytes?: number
  /** The host's words on a failure; redacted before it is recorded. */
  readonly error?: string
}
