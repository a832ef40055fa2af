import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../errors.js'
import { bindingEvent } from './definition.js'
import type { HookHost } from './definition.js'
import type { HookPlace } from './location.js'
import { judge } from './verdict-of-host.js'
import type { Asked, HookRun } from './verdict-of-host.js'

/** How long the canary may take, in milliseconds: a cold start of the guard, with room. */
const CANARY_MS = 20_000
const MAX_OUTPUT = 64 * 1024

/** What came of calling an installed hook with what must always be refused. */
export type CanaryResult = {
  /** Whether the host would have kept the call from running, the prompt from being sent, the result from being shown. */
  readonly blocked: boolean
  /** What was seen, for a person. */
  readonly detail: string
  readonly durationMs: number
}

/**
 * Calls an installed hook the way its host does (by the shell, with the event on standard input; of opencode, the function
 * of the plugin) and judges the answer by what is known of the host: that a refusal comes back, and in a form on which this
 * host really stops. A call is for the command `loki-canary`, which every policy denies. A prompt or a result is one that
 * cannot be read, so that the answer depends on no policy, and no secret has to be made up.
 *
 * @param hook the line for the shell; of opencode, the file of the plugin
 */
export async function runCanary(
  host: HookHost,
  { asked, hook }: { readonly asked: Asked; readonly hook: string },
  place: HookPlace,
): Promise<CanaryResult> {
  const startedAt = performance.now()
  const input = host === 'opencode' ? pluginCanary(asked, place.projectDir) : canaryInput(host, asked, place.projectDir)
  const run = host === 'opencode' ? await runPlugin(hook, input, place) : await runLine(hook, input, place)
  const durationMs = Math.round(performance.now() - startedAt)
  return { ...judge(host, asked, run), durationMs }
}

function canaryInput(host: HookHost, asked: Asked, projectDir: string): string {
  if (asked !== 'call') return `{"canary": "of loki hooks status", "cwd": ${JSON.stringify(projectDir)}`
  const nonce = randomBytes(4).toString('hex')
  const id = `canary-${nonce}`
  const command = `loki-canary ${nonce}`
  switch (host) {
    case 'copilot':
      return JSON.stringify({ sessionId: id, cwd: projectDir, toolName: 'bash', toolArgs: { command } })
    case 'cursor':
      return JSON.stringify({
        conversation_id: id,
        workspace_roots: [projectDir],
        hook_event_name: bindingEvent(host),
        command,
        cwd: projectDir,
      })
    default:
      return JSON.stringify({
        session_id: id,
        cwd: projectDir,
        hook_event_name: bindingEvent(host),
        tool_name: host === 'gemini' ? 'run_shell_command' : 'Bash',
        tool_input: { command },
        ...(host === 'gemini' ? {} : { tool_use_id: id }),
      })
  }
}

/** The arguments of the plugin's function; those of a prompt and a result lack what makes them readable. */
function pluginCanary(asked: Asked, directory: string): string {
  const id = `canary-${randomBytes(4).toString('hex')}`
  const of = { tool: 'bash', sessionID: id, callID: id }
  const calls = {
    call: ['tool.execute.before', of, { args: { command: `loki-canary ${id}` } }],
    prompt: ['chat.message', { sessionID: id }, { parts: [{ type: 'text' }] }],
    output: ['tool.execute.after', of, { output: 'canary' }],
  }
  return JSON.stringify({ directory, call: calls[asked] })
}

function runLine(line: string, input: string, place: HookPlace): Promise<HookRun> {
  // A hook is a line for the shell by definition; this one was written by us, and is read back from the settings.
  return runProgram(['/bin/sh', '-c', line], input, place)
}

/** Loads the plugin as opencode does and calls its function: it ends with 0, and prints what was thrown. */
function runPlugin(file: string, input: string, place: HookPlace): Promise<HookRun> {
  const program = `
    import { text } from 'node:stream/consumers'
    const { directory, call: [name, ...args] } = JSON.parse(await text(process.stdin))
    const { Loki } = await import(${JSON.stringify(pathToFileURL(file).href)})
    const hooks = await Loki({ directory })
    try {
      await hooks[name](...args)
    } catch (thrown) {
      process.stdout.write(JSON.stringify({ thrown: thrown.message }))
    }`
  return runProgram([process.execPath, '--input-type=module', '--eval', program], input, place)
}

function runProgram(
  [program = '', ...args]: readonly string[],
  input: string,
  { projectDir, env }: HookPlace,
): Promise<HookRun> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: projectDir, env, stdio: ['pipe', 'pipe', 'pipe'], timeout: CANARY_MS })
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
