import type { Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, ForwardRecord, Sink, SyslogTarget } from '../types.js'
import { connectTo } from './connection.js'
import { failed } from './failure.js'
import { messageOf } from './message.js'

const LIMITS = { records: 512, bytes: 512 * 1024 }
/** What the socket buffers of both sides may hold of what was written: Linux lets them grow to a few MiB. */
const MAX_UNSURE = 8 * 1024 * 1024
/** Longer than any way to a receiver. */
const CROSSING_MS = 5000

/**
 * Syslog over TCP (octet counting, RFC 6587) or TLS (RFC 5425). The receiver confirms nothing. What was written last is
 * therefore kept, and written again after a connection that broke; a connection that the receiver ended in order was
 * read to its end.
 */
export class StreamSink implements Sink {
  readonly acknowledged = false
  readonly limits: Sink['limits'] = LIMITS
  readonly #target: SyslogTarget
  readonly #settleMs: number
  #socket: Socket | undefined
  #broken: Error | undefined
  #unsure: { readonly frames: Buffer; readonly at: number }[] = []
  #unsureBytes = 0

  constructor(target: SyslogTarget, options: { readonly settleMs: number }) {
    this.#target = target
    this.#settleMs = options.settleMs
  }

  get owes(): boolean {
    return this.#socket === undefined && this.#unsure.length > 0
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    const messages = records.map((record) => messageOf(record, this.#target))
    try {
      const socket = await this.#connected(signal)
      const frames = Buffer.concat(messages.flatMap(({ bytes }) => [Buffer.from(`${bytes.length} `), bytes]))
      if (frames.length > 0) {
        await write(socket, frames, signal)
      }
      await (this.#settleMs > 0 ? sleep(this.#settleMs, undefined, { signal }) : nextTurn())
      if (this.#socket !== socket) throw this.#broken ?? new Error('the receiver closed the connection')
      if (frames.length > 0) this.#remember(frames)
      return {
        kind: 'settled',
        answer: `the connection took it; syslog over ${this.#target.protocol.toUpperCase()} has no acknowledgement`,
        outcomes: messages.map(({ cut }) => ({ kind: cut ? 'cut' : 'taken' })),
      }
    } catch (error) {
      this.#drop()
      return failed(error, signal)
    }
  }

  async close(): Promise<void> {
    const socket = this.#socket
    this.#drop(false)
    if (socket === undefined) return
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => socket.destroy(), 1000)
      socket.once('close', () => {
        clearTimeout(late)
        resolve()
      })
      socket.end()
      socket.resume()
    })
  }

  async #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket !== undefined) return this.#socket
    const socket = await connectTo(this.#target, signal)
    this.#broken = undefined
    socket.on('error', (error) => {
      this.#broken = error
    })
    socket.on('end', () => {
      // No reset: the receiver read everything that had arrived. What went out last may have crossed its farewell.
      this.#forget(performance.now() - CROSSING_MS)
      if (this.#socket === socket) this.#socket = undefined
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
    socket.resume()
    this.#socket = socket
    const again = Buffer.concat(this.#unsure.map(({ frames }) => frames))
    if (again.length > 0) await write(socket, again, signal)
    return socket
  }

  #remember(frames: Buffer): void {
    this.#unsure.push({ frames, at: performance.now() })
    this.#unsureBytes += frames.length
    while (this.#unsureBytes > MAX_UNSURE) this.#unsureBytes -= this.#unsure.shift()?.frames.length ?? 0
  }

  #forget(before: number): void {
    this.#unsure = this.#unsure.filter(({ at }) => at >= before)
    this.#unsureBytes = this.#unsure.reduce((sum, { frames }) => sum + frames.length, 0)
  }

  #drop(destroy = true): void {
    const socket = this.#socket
    this.#socket = undefined
    if (destroy) socket?.destroy()
  }
}

function write(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(new Error('the receiver does not read'))
    }
    signal.addEventListener('abort', abort, { once: true })
    socket.write(bytes, (error) => {
      signal.removeEventListener('abort', abort)
      if (error === null || error === undefined) resolve()
      else reject(error)
    })
  })
}
