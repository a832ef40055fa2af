import { spawn } from 'node:child_process'
import { signalGroup } from '../../process.js'
import { jsonLines } from './json-lines.js'
import { fieldsOf, textOf } from './fields.js'

/** Codex answers in well under a second; a first start on a slow machine takes longer. */
const deadlineMs = 30_000
const maxErrorText = 500

/** How Codex is called. */
export interface CodexCall {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

export interface CodexQuestion {
  readonly method: string
  readonly params: unknown
}

/** Asks `codex app-server` (JSON-RPC, one message a line) and ends it. Rejects where one question has no answer. */
export async function askCodex(call: CodexCall, questions: readonly CodexQuestion[]): Promise<readonly unknown[]> {
  const child = spawn(call.command, ['app-server', ...call.args], {
    cwd: call.cwd,
    env: call.env,
    // Its launcher is a program of its own: only the group ends both.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const end = (): void => {
    signalGroup(child.pid, 'SIGKILL')
  }
  call.signal.addEventListener('abort', end, { once: true })
  const timer = setTimeout(end, deadlineMs)
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-maxErrorText)
  })
  child.stdin.on('error', () => undefined) // its end says the same
  try {
    return await new Promise<readonly unknown[]>((resolve, reject) => {
      const answers = new Map<number, unknown>()
      const lines = jsonLines((value) => {
        const { id, result, error } = fieldsOf(value)
        if (typeof id !== 'number') return
        if (error !== undefined) {
          reject(new Error(`codex app-server: ${textOf(fieldsOf(error), 'message') ?? 'an error without a message'}`))
        }
        answers.set(id, result)
        if (answers.size > questions.length) resolve(questions.map((_, index) => answers.get(index + 1)))
      })
      child.stdout.on('data', (chunk: Buffer) => {
        lines.write(chunk.toString())
      })
      child.once('error', reject)
      child.once('close', () => {
        reject(new Error(`codex app-server ended without an answer. ${complaint.trim()}`.trimEnd()))
      })
      const clientInfo = { name: 'loki', title: 'Loki', version: '1' }
      const messages = [
        { id: 0, method: 'initialize', params: { clientInfo } },
        { method: 'initialized' },
        ...questions.map((question, index) => ({ id: index + 1, ...question })),
      ]
      child.stdin.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''))
    })
  } finally {
    clearTimeout(timer)
    call.signal.removeEventListener('abort', end)
    end()
  }
}
