import type { Action, ActionResult, HostName } from '../action.js'
import type { OutputReview } from '../review.js'
import type { Verdict } from '../verdict.js'
import type { Fields } from './fields.js'

/** What a hook process prints and how it ends. This, and nothing else, is what a host sees of us. */
export type HookAnswer = { readonly stdout: string; readonly stderr: string; readonly exitCode: number }

/** Silence: no opinion, so the host goes on by its own rules. It is never an "allow", which would lift the host's own. */
export const SILENCE: HookAnswer = { stdout: '', stderr: '', exitCode: 0 }

/** Where a hook was called: what its input does not say, or says less surely. */
export type HookContext = {
  /** Absolute root of the governed project. */
  readonly projectDir: string
  /** The Loki session of a run that `loki start` began; else the host's own session is used. */
  readonly session?: string
  /** The event by the word on the hook's command line, for a host whose input does not name it. */
  readonly event?: string
  /** Names of the MCP servers that the host is set up with, where its input does not name the server of a call. */
  readonly servers?: readonly string[]
}

/** A host's hook input, understood. */
export type HookEvent =
  | { readonly kind: 'before'; readonly action: Action; readonly input: Fields }
  /** `output` is the tool's result as the host gave it, where the model is about to see it and the host lets us change it. */
  | {
      readonly kind: 'after'
      readonly action: Action
      readonly result: ActionResult
      readonly input: Fields
      readonly output?: unknown
    }
  /** A person is about to tell the model something. */
  | { readonly kind: 'prompt'; readonly action: Action }
  | { readonly kind: 'settings_changed'; readonly session: string; readonly file?: string }
  | { readonly kind: 'agent_ended'; readonly session: string; readonly agent?: string }
  | { readonly kind: 'other'; readonly name: string }

/** The reviews on which an answer is given. */
type ChangedOutput = Exclude<OutputReview, { kind: 'clean' }>

/** One agent CLI: its hook input in our words, and our verdicts in its words. Pure, so that captured exchanges test it. */
export interface HostAdapter {
  readonly name: HostName
  /** Throws `BAD_HOOK_INPUT` for anything that is not an event of this host; the answer is then a refusal. */
  parse(input: Fields, context: HookContext): HookEvent
  /** A verdict on a `before` event in the host's own vocabulary. */
  answer(event: Extract<HookEvent, { kind: 'before' }>, verdict: Verdict): HookAnswer
  /** What the model is to see instead of a tool's result. Without it, the host lets nobody change results. */
  answerOutput?(event: Extract<HookEvent, { kind: 'after' }>, review: ChangedOutput): HookAnswer
  /** A refusal of a prompt. Without it, the host asks nobody about prompts. */
  answerPrompt?(verdict: Verdict): HookAnswer
  /** Refuses a change of settings that would take our hooks away. */
  refuseSettings?(reason: string): HookAnswer
  /** What is said where nothing objects, for a host that takes silence for a failure; default silence. */
  pass?(event: HookEvent): HookAnswer
}

/** JSON on standard output and exit 0: the one form of an answer that every host reads the same way. */
export function jsonAnswer(body: unknown): HookAnswer {
  return { stdout: JSON.stringify(body), stderr: '', exitCode: 0 }
}

/**
 * Exit 2 with a reason on standard error: the refusal that needs no understanding of the input. Claude Code, Codex,
 * Gemini CLI, Copilot and Cursor block on it before a tool runs; Codex and Gemini CLI only if the text is not empty.
 */
export function blockAnswer(reason: string): HookAnswer {
  return { stdout: '', stderr: `Loki: ${reason === '' ? 'refused' : reason}\n`, exitCode: 2 }
}

/** What the model is told in the place of a result that it must not see. */
export function notice({ reason }: { readonly reason: string }): string {
  return `[Loki withheld this output: ${reason}]`
}

/** The sentence that a person is given whose prompt was not sent: what was found by its kind, never by its value. */
export function promptRefusal({ reason, rule, suggest }: Verdict): string {
  const by = rule === undefined ? '' : ` (rule: ${rule})`
  const instead = suggest === undefined ? '' : ` Instead: ${suggest}`
  return `Loki: the prompt was not sent: ${reason}${by}.${instead}`
}
