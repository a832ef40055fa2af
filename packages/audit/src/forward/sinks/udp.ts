import type { Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, ForwardRecord, Sink, SyslogTarget } from '../types.js'
import { failed } from './failure.js'
import { messageOf } from './message.js'

/** What goes out in one go must fit into the receiver's socket buffer (200 KiB with Linux' default). */
const LIMITS = { records: 64, bytes: 64 * 1024 }

/** Syslog over UDP, RFC 5426: nobody says whether a message arrived, and what a host refuses shows at best later. */
export class UdpSink implements Sink {
  readonly acknowledged = false
  readonly limits: Sink['limits'] = LIMITS
  readonly owes = false
  readonly #target: SyslogTarget
  readonly #settleMs: number
  #socket: Socket | undefined
  #error: Error | undefined

  constructor(target: SyslogTarget, options: { readonly settleMs: number }) {
    this.#target = target
    this.#settleMs = Math.max(5, options.settleMs)
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    try {
      const socket = (this.#socket ??= await this.#connect(signal))
      const messages = records.map((record) => messageOf(record, this.#target))
      for (const { bytes } of messages) {
        await new Promise<void>((resolve, reject) => {
          socket.send(bytes, (error) => {
            if (error === null) resolve()
            else reject(error)
          })
        })
      }
      // Lets the receiver empty its buffer, and an ICMP message come back.
      await sleep(this.#settleMs, undefined, { signal })
      if (this.#error !== undefined) throw this.#error
      return {
        kind: 'settled',
        answer: 'sent; nobody answers over UDP, so only the receiver can tell whether it arrived',
        outcomes: messages.map(({ cut }) => ({ kind: cut ? 'cut' : 'taken' })),
      }
    } catch (error) {
      await this.close()
      return failed(error, signal)
    }
  }

  close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    this.#error = undefined
    return new Promise((resolve) => {
      if (socket === undefined) resolve()
      else socket.close(resolve)
    })
  }

  async #connect(signal: AbortSignal): Promise<Socket> {
    const { createSocket } = await import('node:dgram')
    const { lookup } = await import('node:dns/promises')
    const { address, family } = await lookup(this.#target.host)
    signal.throwIfAborted()
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    // A connected socket is told when the host says that nobody listens there.
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(this.#target.port, address, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    socket.on('error', (error) => {
      this.#error = error
    })
    return socket
  }
}
