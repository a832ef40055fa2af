import type { Socket } from 'node:net'

/** What a RELP receiver does with a message: answers, or closes the connection. */
export type Reaction = 'take' | 'refuse' | 'silence' | 'close'

/** The receiving side of RELP, strict about order, numbers and lengths. */
export class RelpReceiver {
  readonly messages: string[] = []
  readonly faults: string[] = []
  readonly #react: (message: string) => Reaction

  constructor(react: (message: string) => Reaction = () => 'take') {
    this.#react = react
  }

  accept(socket: Socket): void {
    let kept: Buffer = Buffer.alloc(0)
    let last = 0
    socket.on('data', (bytes) => {
      kept = Buffer.concat([kept, bytes])
      for (;;) {
        const [header, number, command, length] = /^(\d+) (\w+) (\d+)[ \n]/.exec(kept.toString('latin1', 0, 64)) ?? []
        if (header === undefined) return
        const size = Number(length)
        const end = header.length + (size === 0 ? 0 : size + 1)
        if (kept.length < end) return
        if (kept[end - 1] !== 0x0a) this.faults.push('no line feed')
        if (Number(number) !== last + 1) this.faults.push(`number ${String(number)} after ${last}`)
        if (last === 0 && command !== 'open') this.faults.push('no open')
        last = Number(number)
        const data = kept.toString('utf8', header.length, header.length + size)
        kept = kept.subarray(end)
        if (!this.#answer(socket, { number: last, command: command ?? '', data })) return
      }
    })
  }

  #answer(
    socket: Socket,
    frame: { readonly number: number; readonly command: string; readonly data: string },
  ): boolean {
    const say = (text: string): void => {
      socket.write(`${frame.number} rsp ${Buffer.byteLength(text)} ${text}\n`)
    }
    if (frame.command === 'open') {
      if (!frame.data.includes('commands=syslog')) this.faults.push('no command offered')
      say('200 OK\nrelp_version=0\ncommands=syslog')
    } else if (frame.command === 'close') {
      socket.end(`${frame.number} rsp 0\n0 serverclose 0\n`)
    } else {
      const reaction = this.#react(frame.data)
      if (reaction === 'take') this.messages.push(frame.data)
      if (reaction === 'close') socket.destroy()
      if (reaction === 'close') return false
      if (reaction !== 'silence') say(reaction === 'take' ? '200 OK' : '500 no room')
    }
    return true
  }
}
