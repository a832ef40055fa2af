import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server as NetServer, Socket } from 'node:net'
import { systemCode } from '../error.js'
import type { Ticket } from '../writer/committer.js'
import { addressApart, addressBeside } from './address.js'
import { Client } from './client.js'
import { frame, onFrames } from './frames.js'

const MAX_CONNECTIONS = 1024
const GREETING_MS = 5_000
const NO_SOCKETS_HERE = ['EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

interface Desk {
  readonly clients: Map<string, Client>
  readonly submit: (ticket: Ticket) => void
  open: boolean
}

/** Takes the records of other processes. A client has two connections: it writes to one and reads from the other. */
export class Server {
  readonly address: string
  readonly #net: NetServer
  readonly #desk: Desk

  private constructor(address: string, net: NetServer, desk: Desk) {
    this.address = address
    this.#net = net
    this.#desk = desk
  }

  /** Listens for the log in `dir`; only the holder of its lock may call this, for it removes a dead writer's socket. */
  static async start(dir: string, submit: (ticket: Ticket) => void): Promise<Server> {
    const desk: Desk = { clients: new Map(), submit, open: true }
    const accept = (socket: Socket): void => {
      greet(socket, desk)
    }
    const beside = addressBeside(dir)
    if (beside !== undefined) {
      try {
        return new Server(beside, await listen(beside, accept), desk)
      } catch (error) {
        if (!NO_SOCKETS_HERE.includes(systemCode(error) ?? '')) throw error
      }
    }
    const apart = addressApart(dir)
    return new Server(apart, await listen(apart, accept), desk)
  }

  /** Takes nothing more in. What was taken is still answered. */
  stop(): void {
    this.#net.close()
    this.#desk.open = false
    for (const client of this.#desk.clients.values()) client.stop()
  }

  /** Ends every connection behind its last answer. */
  end(): void {
    for (const client of this.#desk.clients.values()) client.end()
  }
}

async function listen(address: string, accept: (socket: Socket) => void): Promise<NetServer> {
  if (process.platform !== 'win32') rmSync(address, { force: true })
  const net = createServer(accept)
  net.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    net.once('error', reject)
    net.listen(address, () => {
      net.off('error', reject)
      resolve()
    })
  })
  // A failed accept (no descriptor left) costs that client its connection, not the writer its life.
  net.on('error', () => undefined)
  net.unref()
  if (process.platform !== 'win32') chmodSync(address, 0o600)
  return net
}

function greet(socket: Socket, desk: Desk): void {
  const { clients, submit } = desk
  let client: Client | undefined
  const deadline = setTimeout(() => socket.destroy(), GREETING_MS).unref()
  socket.unref()
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearTimeout(deadline)
    client?.lost(socket)
  })
  onFrames(socket, (parts) => {
    if (client !== undefined) return client.receive(socket, parts)
    const [role, token] = parts
    // A greeting that was on its way when the writer stopped: its second half would reach the next writer.
    if (!desk.open || typeof token !== 'string' || token.length !== 32) return false
    clearTimeout(deadline)
    if (role === 'replies' && !clients.has(token)) {
      client = new Client(socket, { submit, gone: () => clients.delete(token) })
      clients.set(token, client)
      return socket.write(frame('hello')) || true
    }
    client = role === 'records' ? clients.get(token) : undefined
    return client?.attach(socket) ?? false
  })
}
