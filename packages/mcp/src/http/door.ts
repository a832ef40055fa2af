import { timingSafeEqual, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isInitializeRequest, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import { McpError, messageOf } from '../errors.js'
import { settingsOf } from '../gateway/options.js'
import type { GatewayOptions, Settings } from '../gateway/options.js'
import { serveAgent } from '../gateway/session.js'
import type { AgentSession } from '../gateway/session.js'

/** Nobody reaches the gateway from another machine. */
const LOOPBACK = '127.0.0.1'
const PATH = '/mcp'
/** Each agent has servers of its own, so there are not many. */
const MAX_SESSIONS = 16
/** An agent that neither asks nor listens for this long has left without a word. */
const IDLE_MS = 30 * 60_000
const HEADERS_MS = 10_000

export interface DoorOptions {
  /** 0 takes any free one. */
  readonly port: number
  /** What agents show as `Authorization: Bearer …`; at least 16 characters. */
  readonly token: string
  /** Milliseconds after which an agent that is silent and does not listen is taken to have left; default 1800000. */
  readonly idleMs?: number
}

/** A gateway that listens on 127.0.0.1. */
export interface HttpGateway {
  readonly port: number
  readonly url: string
  /** How many agents are connected. */
  readonly agents: number
  close(): Promise<void>
  /** Ends the servers' processes without waiting. */
  kill(): void
}

type Agent = {
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly session: AgentSession
  open: number
  lastSeen: number
}

/**
 * Serves any number of agents over Streamable HTTP on 127.0.0.1, each with servers of its own. A request without the token, with
 * an `Origin` (a web page) or for another `Host` (DNS rebinding) is refused. Rejects with `BAD_CONFIGURATION` where the port is
 * taken.
 */
export async function openDoor(options: GatewayOptions, door: DoorOptions): Promise<HttpGateway> {
  if (door.token.length < 16) throw new McpError('BAD_CONFIGURATION', 'The token must have 16 characters at least.')
  const listening = new Door(settingsOf(options), door)
  await listening.listen()
  return listening
}

class Door implements HttpGateway {
  readonly #settings: Settings
  readonly #options: DoorOptions
  readonly #server: Server
  readonly #agents = new Map<string, Agent>()
  readonly #sweep: NodeJS.Timeout
  #opening = 0
  port = 0

  constructor(settings: Settings, options: DoorOptions) {
    this.#settings = settings
    this.#options = options
    this.#server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: 60_000 }, (request, response) => {
      void this.#answer(request, response)
    })
    const idleMs = options.idleMs ?? IDLE_MS
    this.#sweep = setInterval(
      () => {
        for (const { open, lastSeen, session } of this.#agents.values()) {
          if (open === 0 && performance.now() - lastSeen > idleMs) void session.close()
        }
      },
      Math.min(idleMs, 60_000),
    ).unref()
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}${PATH}`
  }

  get agents(): number {
    return this.#agents.size
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(
          new McpError(
            'BAD_CONFIGURATION',
            `The gateway cannot listen on port ${this.#options.port}: ${cause.message}`,
            {
              cause,
            },
          ),
        )
      })
      this.#server.listen(this.#options.port, LOOPBACK, () => {
        const address = this.#server.address()
        this.port = typeof address === 'object' && address !== null ? address.port : this.#options.port
        resolve()
      })
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
    await Promise.allSettled([...this.#agents.values()].map(({ session }) => session.close()))
    this.#server.closeAllConnections()
    await closed
  }

  kill(): void {
    for (const { session } of this.#agents.values()) session.kill()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const refusal = this.#refusal(request)
      if (refusal !== undefined) {
        refuse(response, refusal)
        return
      }
      const body = request.method === 'POST' ? await this.#read(request) : undefined
      const agent = await this.#agentOf(request, body)
      if (typeof agent === 'string') {
        refuse(response, agent === 'unknown' ? [404, 'No such session.'] : [400, agent])
        return
      }
      await this.#pass(agent, { request, response, body })
    } catch (thrown) {
      if (response.headersSent) response.destroy()
      else refuse(response, [thrown instanceof McpError && thrown.code === 'TOO_LARGE' ? 413 : 500, messageOf(thrown)])
    }
  }

  #refusal({ headers, url }: IncomingMessage): readonly [number, string] | undefined {
    if (![`${LOOPBACK}:${this.port}`, `localhost:${this.port}`].includes(headers.host ?? '')) {
      return [403, 'This is not the Host of this gateway.']
    }
    if (headers.origin !== undefined) return [403, 'Web pages may not use this gateway.']
    const shown = Buffer.from(headers.authorization ?? '')
    const expected = Buffer.from(`Bearer ${this.#options.token}`)
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected))
      return [401, 'The token is missing or wrong.']
    return url === PATH ? undefined : [404, `The gateway is at ${PATH}.`]
  }

  async #read(request: IncomingMessage): Promise<unknown> {
    const { maxMessageBytes } = this.#settings
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxMessageBytes) throw new McpError('TOO_LARGE', `A request has at most ${maxMessageBytes} bytes.`)
      chunks.push(chunk)
    }
    try {
      return JSON.parse(Buffer.concat(chunks).toString('utf8'))
    } catch {
      return undefined // the transport says what is wrong with it
    }
  }

  /** The agent that asks, or a new one; otherwise what is wrong. */
  async #agentOf({ headers }: IncomingMessage, body: unknown): Promise<Agent | string> {
    const id = headers['mcp-session-id']
    if (id !== undefined) return this.#agents.get(String(id)) ?? 'unknown'
    if (!isInitializeRequest(body)) return 'Send initialize first.'
    if (this.#agents.size + this.#opening >= MAX_SESSIONS) return 'Too many agents are connected.'
    this.#opening += 1
    try {
      return await this.#openAgent()
    } finally {
      this.#opening -= 1
    }
  }

  async #openAgent(): Promise<Agent> {
    const id = randomUUID()
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessionclosed: () => {
        void this.#agents.get(id)?.session.close()
      },
    })
    const session = await serveAgent(transport, this.#settings)
    const agent = { transport, session, open: 0, lastSeen: performance.now() }
    this.#agents.set(id, agent)
    void session.done.then(() => this.#agents.delete(id))
    return agent
  }

  async #pass(
    agent: Agent,
    { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: unknown },
  ): Promise<void> {
    agent.open += 1
    try {
      const asked = new Request(this.url, { method: request.method ?? 'GET', headers: headersOf(request) })
      const answer = await agent.transport.handleRequest(asked, body === undefined ? {} : { parsedBody: body })
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      if (answer.body === null) response.end()
      else await pipeline(Readable.fromWeb(answer.body), response)
    } finally {
      agent.open -= 1
      agent.lastSeen = performance.now()
    }
  }
}

function headersOf({ headers }: IncomingMessage): Headers {
  const kept = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'authorization' && value !== undefined) kept.set(name, String(value))
  }
  return kept
}

function refuse(response: ServerResponse, [status, message]: readonly [number, string]): void {
  const text = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message } })
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(text)
}
