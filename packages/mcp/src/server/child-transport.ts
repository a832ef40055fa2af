import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { parseJSONRPCMessage } from '@modelcontextprotocol/client'
import type { ProgramServer } from '../configuration/server.js'
import { McpError, messageOf } from '../errors.js'
import { serverEnvironment } from './environment.js'
import { LineReader } from './line-reader.js'

/** How long a server may take to end when its input ends, and then when it is told to, in milliseconds. */
const QUIET_MS = 500
const TERM_MS = 2_000

export interface ChildOptions {
  readonly env: NodeJS.ProcessEnv
  /** Bytes of one message; a server that writes more is ended. */
  readonly maxMessageBytes: number
  /** A line that the server wrote to standard error, or something on its standard output that is no message. */
  readonly onWords: (text: string) => void
}

/**
 * Runs a server as a process group of its own, so that whatever the server starts ends with it: when the gateway closes, when
 * the server ends by itself, and when it writes what cannot be read.
 */
export class ChildTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  /** Why it ended, once it has. */
  ending: string | undefined
  readonly #config: ProgramServer
  readonly #options: ChildOptions
  #child: ChildProcessWithoutNullStreams | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(config: ProgramServer, options: ChildOptions) {
    this.#config = config
    this.#options = options
  }

  async start(): Promise<void> {
    const { command, args, env, cwd, name } = this.#config
    const child = spawn(command, [...args], {
      env: serverEnvironment(env, this.#options.env),
      stdio: 'pipe',
      shell: false,
      detached: true, // its own group, which ends as one
      windowsHide: true,
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.#child = child
    this.#listen(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (cause) => {
        this.ending ??= `it could not be started: ${cause.message}`
        reject(new McpError('SERVER_UNAVAILABLE', `Server ${name} could not be started: ${cause.message}`, { cause }))
      })
    })
  }

  send(message: JSONRPCMessage): Promise<void> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      if (child?.stdin.writable !== true) {
        reject(new McpError('SERVER_UNAVAILABLE', `Server ${this.#config.name} has ended.`))
        return
      }
      child.stdin.write(`${JSON.stringify(message)}\n`, (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  async close(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    child.stdin.end()
    if (await this.#endsWithin(QUIET_MS)) return
    signalGroup(child, 'SIGTERM')
    if (await this.#endsWithin(TERM_MS)) return
    signalGroup(child, 'SIGKILL')
    await this.#ended
  }

  /** Ends it without waiting, for a process that is itself about to end. */
  kill(): void {
    if (this.#child !== undefined) signalGroup(this.#child, 'SIGKILL')
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    const { maxMessageBytes, onWords } = this.#options
    child.stdin.on('error', (error) => this.onerror?.(error))
    const messages = new LineReader(maxMessageBytes, (line) => {
      this.#read(line)
    })
    const words = new LineReader(8192, onWords)
    child.stdout.on('data', (chunk: Buffer) => {
      if (messages.push(chunk)) return
      this.ending ??= `it wrote a message of more than ${maxMessageBytes} bytes`
      child.stdout.destroy()
      signalGroup(child, 'SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (!words.push(chunk)) words.clear() // the rest of a line that is too long to read
    })
    this.#ended = new Promise((resolve) => {
      const ended = (): void => {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
        resolve()
        const { onclose } = this
        delete this.onclose // once
        onclose?.()
      }
      child.once('error', ended)
      child.once('exit', (code, signal) => {
        this.ending ??= signal === null ? `it ended with exit code ${String(code)}` : `it was ended by ${signal}`
        signalGroup(child, 'SIGKILL') // what it started and left behind
        // What it wrote before it ended is still to be read, unless a process that left its group keeps the pipe open.
        setTimeout(ended, QUIET_MS).unref()
      })
      child.once('close', ended)
    })
  }

  #read(line: string): void {
    if (line.trim() === '') return
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      this.#options.onWords(`wrote to its standard output what is no message: ${line.slice(0, 200)}`)
      return
    }
    try {
      this.onmessage?.(parseJSONRPCMessage(value))
    } catch (thrown) {
      this.onerror?.(new Error(`a message was not understood: ${messageOf(thrown).slice(0, 200)}`))
    }
  }

  async #endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false)
    })
    const ended = this.#ended.then(() => true)
    const result = await Promise.race([ended, late])
    clearTimeout(timer)
    return result
  }
}

/** A group lives as long as one of its processes: a signal to one that is gone says ESRCH. */
function signalGroup({ pid }: { readonly pid?: number | undefined }, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // nobody is left
  }
}
