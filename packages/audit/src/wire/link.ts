import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { AuditError } from '../error.js'
import type { AuditErrorCode } from '../error.js'
import { inputOf } from '../format/draft.js'
import type { Seal } from '../format/draft.js'
import type { Job, Seat } from '../job.js'
import { holdsEntry } from '../segments/locate.js'
import { frame, onFrames, WINDOW } from './frames.js'

/** A seat whose writer is another process (or another log object of this one). */
export class Link implements Seat {
  readonly #file: string
  readonly #replies: Socket
  readonly #records: Socket
  readonly #ended: (left: readonly Job[]) => void
  readonly #flying = new Map<number, Job>()
  #waiting: Job[] = []
  #nextId = 0

  private constructor(
    file: string,
    sockets: { replies: Socket; records: Socket },
    ended: (left: readonly Job[]) => void,
  ) {
    this.#file = file
    this.#replies = sockets.replies
    this.#records = sockets.records
    this.#ended = ended
  }

  /**
   * Links to the writer that listens at `address`; undefined when nobody does.
   * Two connections, because a failed write closes a socket with everything unread in it, and what a dying writer
   * sent last is what tells whether a record was written.
   */
  static async open(
    address: string,
    options: { file: string; ended: (left: readonly Job[]) => void; signal: AbortSignal },
  ): Promise<Link | undefined> {
    const token = randomBytes(16).toString('hex')
    const replies = await dial(address, options.signal)
    if (replies === undefined) return undefined
    const made: { link?: Link } = {}
    const greeting = new Promise<boolean>((resolve) => {
      options.signal.addEventListener('abort', () => {
        resolve(false)
      })
      replies.once('close', () => {
        resolve(false)
        made.link?.end()
      })
      onFrames(replies, (parts) => {
        if (made.link !== undefined) return made.link.receive(parts)
        resolve(true)
        return parts[0] === 'hello'
      })
    })
    replies.write(frame('replies', token))
    const records = (await greeting) ? await dial(address, options.signal) : undefined
    if (records === undefined || replies.destroyed) {
      replies.destroy()
      records?.destroy()
      return undefined
    }
    records.write(frame('records', token))
    made.link = new Link(options.file, { replies, records }, options.ended)
    return made.link
  }

  submit(job: Job): void {
    this.#waiting.push(job)
    this.#send()
  }

  holds(place: Seal): boolean {
    return holdsEntry(this.#file, place)
  }

  close(): Promise<void> {
    this.#records.destroy()
    this.#replies.destroy()
    return Promise.resolve()
  }

  receive(parts: readonly unknown[]): boolean {
    switch (parts[0]) {
      case 'prepared':
        for (const [id, seq, previousHash, hash] of parts[1] as [number, number, string, string][]) {
          const job = this.#flying.get(id)
          if (job !== undefined) job.announced = { seq, previousHash, hash }
        }
        return true
      case 'committed':
        for (const id of parts[1] as number[]) {
          const job = this.#land(id)
          if (job?.announced !== undefined) job.committed(job.announced)
        }
        break
      case 'failed': {
        const [, code, message, ids] = parts as [unknown, AuditErrorCode, string, number[]]
        const error = new AuditError(code, message)
        for (const id of ids) this.#land(id)?.failed(error)
        break
      }
      default:
        return false
    }
    this.#send()
    return true
  }

  /** The writer is gone and everything it sent is read. */
  end(): void {
    this.#records.destroy()
    this.#ended([...this.#flying.values(), ...this.#waiting])
  }

  #land(id: number): Job | undefined {
    const job = this.#flying.get(id)
    this.#flying.delete(id)
    return job
  }

  #send(): void {
    let text = ''
    let taken = 0
    for (const job of this.#waiting) {
      if (this.#flying.size >= WINDOW) break
      taken++
      if (job.settled) continue
      const id = this.#nextId++
      const { who, what, where, why, metadata } = inputOf(job.draft)
      this.#flying.set(id, job)
      text += frame('record', id, job.draft.timestamp, who, what, where, why, metadata, job.durability)
    }
    this.#waiting.splice(0, taken)
    // A hung writer must not make the list grow by records whose callers have long been answered.
    if (this.#waiting.length > 1024) this.#waiting = this.#waiting.filter(({ settled }) => !settled)
    if (text !== '') this.#records.write(text)
  }
}

function dial(address: string, signal: AbortSignal): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined)
      return
    }
    const socket = connect(address)
    const abort = (): void => {
      socket.destroy()
      resolve(undefined)
    }
    signal.addEventListener('abort', abort)
    // Whatever goes wrong on either connection, the end of the replies tells the rest.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      signal.removeEventListener('abort', abort)
      resolve(undefined)
    })
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort)
      // The deadline of a pending record keeps the process alive, not the connection.
      socket.unref()
      resolve(socket)
    })
  })
}
