import type { Socket } from 'node:net'
import { asAuditError } from '../error.js'
import type { AuditError } from '../error.js'
import { draftOf } from '../format/draft.js'
import type { Seal } from '../format/draft.js'
import type { AuditInput, Durability } from '../types.js'
import type { Origin, Ticket } from '../writer/committer.js'
import { frame, WINDOW } from './frames.js'

/** How long a batch waits for a client that does not read; then the client is dropped and the batch goes on. */
const SLOW_MS = 2_000

interface Context {
  readonly submit: (ticket: Ticket) => void
  readonly gone: () => void
}

/** A process that hands its records to this one, as the writer sees it. */
export class Client implements Origin {
  readonly #replies: Socket
  readonly #context: Context
  readonly #ids = new Map<Ticket, number>()
  #records: Socket | undefined
  #committed: number[] = []
  #failed: { error: AuditError; ids: number[] }[] = []

  constructor(replies: Socket, context: Context) {
    this.#replies = replies
    this.#context = context
  }

  attach(records: Socket): boolean {
    if (this.#records !== undefined) return false
    this.#records = records
    return true
  }

  receive(socket: Socket, parts: readonly unknown[]): boolean {
    const [kind, id, timestamp, who, what, where, why, metadata, durability] = parts
    if (socket !== this.#records || kind !== 'record' || typeof id !== 'number' || typeof timestamp !== 'string')
      return false
    if (this.#ids.size >= WINDOW) return false
    try {
      const input = { who, what, where, why, metadata } as AuditInput // draftOf checks every field
      this.#submit(id, draftOf(input, timestamp), durabilityOf(durability))
    } catch (error) {
      this.#fail(id, asAuditError(error, 'INVALID_INPUT', 'expected a record'))
      this.flush()
    }
    return true
  }

  async prepare(tickets: readonly Ticket[], seals: readonly Seal[]): Promise<boolean> {
    const places = tickets.map((ticket, index) => {
      const place = seals[index]
      return [this.#ids.get(ticket), place?.seq, place?.previousHash, place?.hash]
    })
    const sent = await handOver(this.#replies, frame('prepared', places))
    if (!sent) this.#drop()
    return sent
  }

  flush(): void {
    if (!this.#replies.destroyed) {
      if (this.#committed.length > 0) this.#replies.write(frame('committed', this.#committed))
      for (const { error, ids } of this.#failed) this.#replies.write(frame('failed', error.code, error.message, ids))
    }
    this.#committed = []
    this.#failed = []
  }

  stop(): void {
    this.#records?.destroy()
  }

  end(): void {
    this.#replies.end()
  }

  /** Either connection is of no use without the other, but the replies stay while there is something to answer. */
  lost(socket: Socket): void {
    if (socket === this.#replies) this.#drop()
    else if (this.#ids.size === 0) this.#replies.end()
  }

  #submit(id: number, draft: Ticket['draft'], durability: Durability): void {
    const ticket: Ticket = {
      draft,
      durability,
      origin: this,
      committed: () => {
        this.#ids.delete(ticket)
        this.#committed.push(id)
      },
      failed: (error) => {
        this.#ids.delete(ticket)
        this.#fail(id, error)
      },
    }
    this.#ids.set(ticket, id)
    this.#context.submit(ticket)
  }

  #fail(id: number, error: AuditError): void {
    const last = this.#failed.at(-1)
    if (last?.error === error) last.ids.push(id)
    else this.#failed.push({ error, ids: [id] })
  }

  #drop(): void {
    this.#replies.destroy()
    this.#records?.destroy()
    this.#context.gone()
  }
}

/** What a client of another version does not say is durable. */
function durabilityOf(value: unknown): Durability {
  return value === 'buffered' || value === 'anchored' ? value : 'durable'
}

/** True once the bytes are in the kernel's hands, from where they reach the reader even if this process dies. */
async function handOver(socket: Socket, text: string): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false)
    }, SLOW_MS)
    socket.write(text, (error) => {
      clearTimeout(timer)
      resolve(error === undefined || error === null)
    })
  })
}
