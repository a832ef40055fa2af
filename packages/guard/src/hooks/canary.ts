import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { messageOf } from '../errors.js'
import { bindingEvent } from './definition.js'
import type { HookHost } from './definition.js'
import type { HookPlace } from './location.js'

/** How long the canary may take, in milliseconds: a cold start of the guard, with room. */
const CANARY_MS = 20_000
const MAX_OUTPUT = 64 * 1024

/** What came of calling an installed hook with an action that is always denied. */
export type CanaryResult = {
  /** Whether the host would have kept the call from running. */
  readonly blocked: boolean
  /** What was seen, for a person. */
  readonly detail: string
  readonly durationMs: number
}

/**
 * Calls an installed hook the way its host does (by the shell, with the event on standard input) for the command
 * `loki-canary`, which every policy denies, and judges the answer by what is known of the host: that a denial comes
 * back, and in a form on which this host really blocks.
 */
export async function runCanary(host: HookHost, command: string, place: HookPlace): Promise<CanaryResult> {
  const startedAt = performance.now()
  const { code, stdout, stderr } = await runHook(command, canaryInput(host, place.projectDir), place)
  const durationMs = Math.round(performance.now() - startedAt)
  return { ...judge(host, code, stdout, stderr), durationMs }
}

function judge(
  host: HookHost,
  code: number | null,
  stdout: string,
  stderr: string,
): { blocked: boolean; detail: string } {
  if (code === 2 && stderr.trim() !== '') {
    return { blocked: true, detail: `it refused without deciding (exit 2): ${stderr.trim().slice(0, 300)}` }
  }
  if (code !== 0)
    return { blocked: false, detail: `it ended with ${code ?? 'a signal'}, on which ${host} lets the call run` }
  const reason = denialIn(host, stdout)
  if (reason === undefined) return { blocked: false, detail: `it ended with 0 and no denial that ${host} knows` }
  return { blocked: true, detail: reason }
}

/** The reason of a denial in the host's vocabulary. */
function denialIn(host: HookHost, stdout: string): string | undefined {
  try {
    const answer = JSON.parse(stdout) as {
      decision?: unknown
      reason?: unknown
      hookSpecificOutput?: Record<string, unknown>
    } // judged below
    if (host === 'gemini') return answer.decision === 'deny' ? textOr(answer.reason) : undefined
    const output = answer.hookSpecificOutput
    return output?.permissionDecision === 'deny' ? textOr(output.permissionDecisionReason) : undefined
  } catch {
    return undefined
  }
}

/** A denial whose reason is empty is none for Codex. */
function textOr(reason: unknown): string | undefined {
  return typeof reason === 'string' && reason !== '' ? reason : undefined
}

function canaryInput(host: HookHost, projectDir: string): string {
  const nonce = randomBytes(4).toString('hex')
  return JSON.stringify({
    session_id: `canary-${nonce}`,
    cwd: projectDir,
    hook_event_name: bindingEvent(host),
    tool_name: host === 'gemini' ? 'run_shell_command' : 'Bash',
    tool_input: { command: `loki-canary ${nonce}` },
    ...(host === 'gemini' ? {} : { tool_use_id: `canary-${nonce}` }),
  })
}

function runHook(
  command: string,
  input: string,
  { projectDir, env }: HookPlace,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    // A hook is a line for the shell by definition; this one was written by us, and is read back from the settings.
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: projectDir,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: CANARY_MS,
    })
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout = (output.stdout + chunk.toString()).slice(0, MAX_OUTPUT)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr = (output.stderr + chunk.toString()).slice(0, MAX_OUTPUT)
    })
    child.on('error', (error) => {
      resolve({ code: null, stdout: '', stderr: messageOf(error) })
    })
    child.on('close', (code) => {
      resolve({ code, ...output })
    })
    child.stdin.on('error', () => undefined) // it ended without reading; its answer says enough
    child.stdin.end(input)
  })
}
