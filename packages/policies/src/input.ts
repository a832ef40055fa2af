/** What becomes of an action. */
export type Decision = 'ALLOW' | 'DENY' | 'REQUIRE_APPROVAL'

/** When a rule is asked. */
export type EnforcementPoint = 'pre_execution' | 'pre_deployment' | 'resource' | 'data'

export const ENFORCEMENT_POINTS: readonly EnforcementPoint[] = ['pre_execution', 'pre_deployment', 'resource', 'data']

/** What a rule can look at. Every field beyond the first three is there only where the caller knows it. */
export interface PolicyInput {
  /** `command`, `file_read`, `file_write`, `network`, `mcp_tool`, `git`, `model_call`, `deploy`, `agent` or `other`. */
  readonly kind: string
  /** Absolute folder in which the action runs. */
  readonly cwd: string
  /** Absolute root of the governed project. */
  readonly projectDir: string
  /** The script as the shell would get it. */
  readonly command?: string | undefined
  /** Every path the action names; relative ones are relative to `cwd`. */
  readonly paths?: readonly string[] | undefined
  readonly url?: string | undefined
  /** The tool by the host's own name: `Bash`, `write_file`, `mcp__github__create_issue`. */
  readonly tool?: string | undefined
  /** The MCP server that offers the tool, and where the host has it from (`user`, `project`, `managed` ...). */
  readonly server?: { readonly name: string; readonly source?: string | undefined } | undefined
  /** What would be written or sent. */
  readonly content?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  /** Where the model runs, as its provider names it. */
  readonly region?: string | undefined
  /** Who inside the session acts: `main`, or the host's id or type of a sub-agent. */
  readonly agent?: string | undefined
  /** The phase of the session's work: `REASON`, `ACT`, `REFLECT`, `VERIFY`, or one of your own. */
  readonly phase?: string | undefined
  readonly session?: string | undefined
  /** The agent CLI or door that the action comes from. */
  readonly host?: string | undefined
  /** The branch checked out at `cwd`. */
  readonly branch?: string | undefined
  /** Agents at work now, the acting one included. */
  readonly activeAgents?: number | undefined
  /** Tokens spent so far, in the scope that the caller bounds. */
  readonly tokensUsed?: number | undefined
  /** Names of the gates that have passed. */
  readonly passedGates?: readonly string[] | undefined
}
