import type { Socket } from 'node:net'

/**
 * Calls back for every complete line that a socket receives, without its line feed. Once an unfinished line is longer
 * than `maxBytes` the socket is destroyed and `onTooLong` is called.
 */
export function readLines(
  socket: Socket,
  maxBytes: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): void {
  let parts: Buffer[] = []
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    let rest = chunk
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end))
      onLine(Buffer.concat(parts).toString('utf8'))
      parts = []
      size = 0
      rest = rest.subarray(end + 1)
    }
    if (rest.length === 0) return
    parts.push(rest)
    size += rest.length
    if (size <= maxBytes) return
    socket.destroy()
    onTooLong()
  })
}
