import type { Socket } from 'node:net'

/** Longest frame: a record at its limit, and again as much for what the wire puts around it. */
const MAX_FRAME = 128 * 1024

/** Records that one client may have under way: few enough that their answers always fit into a socket's buffer. */
export const WINDOW = 64

/** Calls back with each JSON array that arrives, one a line; anything else ends the connection. */
export function onFrames(socket: Socket, handle: (frame: readonly unknown[]) => boolean): void {
  let rest = ''
  const isTaken = (frame: readonly unknown[]): boolean => {
    try {
      return handle(frame)
    } catch {
      return false // a frame of another shape than its first word promises
    }
  }
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const frame = parse(line)
      if (frame === undefined || !isTaken(frame)) {
        socket.destroy()
        return
      }
    }
    if (rest.length > MAX_FRAME) socket.destroy()
  })
}

export function frame(...parts: readonly unknown[]): string {
  return `${JSON.stringify(parts)}\n`
}

function parse(line: string): readonly unknown[] | undefined {
  if (line.length > MAX_FRAME) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return Array.isArray(value) ? (value as readonly unknown[]) : undefined
  } catch {
    return undefined
  }
}
