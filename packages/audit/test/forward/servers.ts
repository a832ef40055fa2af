import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

export interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A loopback HTTP server; `undefined` leaves the request without an answer. */
export async function httpServer(
  answer: (asked: Asked) => Answer | undefined,
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString('utf8') }
      asked.push(one)
      const said = request.method === 'POST' ? answer(one) : { status: 405 }
      if (said === undefined) return
      response.writeHead(said.status, said.headers)
      response.end(said.body === undefined ? '' : typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
    })
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${await listen(server)}`, asked }
}

/** A loopback TCP server that ends with the test. */
export async function tcpServer(
  connected: (socket: Socket) => void,
  port = 0,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createNetServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    connected(socket)
  })
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.resetAndDestroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  onTestFinished(stop)
  return { port: await listen(server, port), stop }
}

/** Reads octet counting as RFC 6587 section 3.4.1 has it; anything else is an error. */
export class OctetCounting {
  readonly messages: string[] = []
  #kept: Buffer = Buffer.alloc(0)

  push(bytes: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, bytes])
    for (;;) {
      const text = this.#kept.toString('latin1', 0, 8)
      const length = /^([1-9]\d*) /.exec(text)
      if (length === null) {
        if (!/^(|[1-9]\d*)$/.test(text)) throw new Error(`expected a length, got ${JSON.stringify(text)}`)
        return
      }
      const end = length[0].length + Number(length[1])
      if (this.#kept.length < end) return
      this.messages.push(this.#kept.toString('utf8', length[0].length, end))
      this.#kept = this.#kept.subarray(end)
    }
  }
}

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // it listens on a port
}
