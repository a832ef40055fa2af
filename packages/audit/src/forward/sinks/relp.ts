import type { Socket } from 'node:net'
import type { Delivery, ForwardRecord, Outcome, Sink, SyslogTarget } from '../types.js'
import { connectTo } from './connection.js'
import { failed } from './failure.js'
import { messageOf } from './message.js'
import { RelpFrames, relpFrame } from './relp-frames.js'
import type { RelpFrame } from './relp-frames.js'

/** Large, because a receiver that waits for the acknowledgement of its own answers pauses 40 ms in each batch. */
const LIMITS = { records: 2000, bytes: 1024 * 1024 }
const OFFER = 'relp_version=0\nrelp_software=loki-audit\ncommands=syslog'
const LAST_NUMBER = 999_999_999

/** RELP: every message is answered by the receiver once it has it. */
export class RelpSink implements Sink {
  readonly acknowledged = true
  readonly limits: Sink['limits'] = LIMITS
  readonly owes = false
  readonly #target: SyslogTarget
  #session: Session | undefined

  constructor(target: SyslogTarget) {
    this.#target = target
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    try {
      signal.throwIfAborted()
      if (this.#session?.ended !== undefined) this.#session = undefined
      const session = (this.#session ??= await this.#open(signal))
      const messages = records.map((record) => messageOf(record, this.#target))
      const answers = await session.ask(
        messages.map(({ bytes }) => ({ command: 'syslog', data: bytes })),
        signal,
      )
      return {
        kind: 'settled',
        answer: answers[0] ?? '',
        outcomes: answers.map((answer, index): Outcome => {
          if (!answer.startsWith('200')) return { kind: 'later', reason: `RELP answered ${answer.slice(0, 100)}` }
          return { kind: messages[index]?.cut === true ? 'cut' : 'taken' }
        }),
      }
    } catch (error) {
      this.#session?.destroy()
      this.#session = undefined
      return failed(error, signal)
    }
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    try {
      await session?.ask([{ command: 'close', data: Buffer.alloc(0) }], AbortSignal.timeout(1000))
    } catch {
      // It is closed either way.
    }
    session?.destroy()
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const session = new Session(await connectTo(this.#target, signal))
    try {
      const [answer = ''] = await session.ask([{ command: 'open', data: Buffer.from(OFFER) }], signal)
      if (!answer.startsWith('200')) throw new Error(`RELP open was answered ${answer.slice(0, 100)}`)
      return session
    } catch (error) {
      session.destroy()
      throw error
    }
  }
}

/** One connection: requests go out in one write, answers are matched by number. */
class Session {
  readonly #socket: Socket
  readonly #frames = new RelpFrames()
  readonly #waiting = new Map<number, (answer: string) => void>()
  #number = 0
  #fail: ((error: Error) => void) | undefined
  ended: Error | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes) => {
      try {
        for (const frame of this.#frames.push(bytes)) this.#receive(frame)
      } catch (error) {
        this.#end(error instanceof Error ? error : new Error(String(error)))
      }
    })
    socket.on('error', (error) => {
      this.#end(error)
    })
    socket.on('close', () => {
      this.#end(new Error('the receiver closed the connection'))
    })
  }

  /** Resolves with one answer for each request. */
  ask(requests: readonly { command: string; data: Buffer }[], signal: AbortSignal): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const answers: string[] = []
      let missing = requests.length
      const done = (): void => {
        signal.removeEventListener('abort', abort)
        this.#fail = undefined
      }
      const abort = (): void => {
        done()
        this.#end(new Error(`RELP left ${missing} of ${requests.length} messages without an answer`))
        reject(this.ended ?? new Error('aborted'))
      }
      this.#fail = (error) => {
        done()
        reject(error)
      }
      if (this.ended !== undefined) {
        this.#fail(this.ended)
        return
      }
      signal.addEventListener('abort', abort, { once: true })
      const bytes = requests.flatMap(({ command, data }, index) => {
        const number = this.#next()
        this.#waiting.set(number, (answer) => {
          answers[index] = answer
          missing -= 1
          if (missing > 0) return
          done()
          resolve(answers)
        })
        return relpFrame({ number, command, data })
      })
      if (missing === 0) {
        done()
        resolve([])
      } else {
        this.#socket.write(Buffer.concat(bytes))
      }
    })
  }

  destroy(): void {
    this.#end(new Error('closed'))
  }

  #next(): number {
    this.#number = this.#number === LAST_NUMBER ? 1 : this.#number + 1
    return this.#number
  }

  #receive({ number, command, data }: RelpFrame): void {
    if (command === 'serverclose') throw new Error('the receiver closes the connection')
    const answered = this.#waiting.get(number)
    if (command !== 'rsp' || answered === undefined) throw new Error('RELP answered something that was not asked')
    this.#waiting.delete(number)
    answered(data.toString('utf8'))
  }

  #end(error: Error): void {
    if (this.ended !== undefined) return
    this.ended = error
    this.#waiting.clear()
    this.#socket.destroy()
    this.#fail?.(error)
  }
}
