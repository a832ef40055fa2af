import { Client, SdkHttpError, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { ClientCapabilities, ServerCapabilities, Transport } from '@modelcontextprotocol/client'
import type { ServerConfig } from '../configuration/server.js'
import { McpError, messageOf } from '../errors.js'
import { boundedFetch } from './bounded-fetch.js'
import { ChildTransport } from './child-transport.js'

/** Failures in a row after which a server is given up. One that was up for a minute starts at none again. */
const MAX_FAILURES = 5
const STEADY_MS = 60_000
const FIRST_PAUSE_MS = 500
/** A call waits this long for a server that is to start again; for longer it is refused. */
const MAX_WAIT_MS = 2_000

export interface UpstreamOptions {
  readonly env: NodeJS.ProcessEnv
  /** What the agent offers to servers, so far as the gateway passes it on. */
  readonly capabilities: ClientCapabilities
  readonly version: string
  /** Milliseconds until a server that does not answer its first request is given up. */
  readonly connectMs: number
  readonly maxMessageBytes: number
  readonly now: () => number
  /** Something that the server said outside the protocol. */
  readonly onWords: (text: string) => void
  /** Sets up what a new connection is to answer, before it is made. */
  readonly prepare: (client: Client) => void
  /** There is a connection, the first or a new one. */
  readonly onReady: () => void
  /** A connection ended that nobody closed. */
  readonly onLost: () => void
}

/** One MCP server as one agent uses it: started when first needed, and again, at growing pauses, when it ended. */
export class Upstream {
  readonly name: string
  readonly config: ServerConfig
  readonly #options: UpstreamOptions
  #client: Promise<Client> | undefined
  #transport: Transport | undefined
  #capabilities: ServerCapabilities | undefined
  #failures = 0
  #notBefore = 0
  #lastFailure = ''
  #closed = false

  constructor(config: ServerConfig, options: UpstreamOptions) {
    this.name = config.name
    this.config = config
    this.#options = options
  }

  /** What the server said it can do when it was last reached; `undefined` before that. */
  get capabilities(): ServerCapabilities | undefined {
    return this.#capabilities
  }

  /** The connection, made now where there is none. Rejects with `SERVER_UNAVAILABLE`, with what to do. */
  client(): Promise<Client> {
    this.#client ??= this.#connect().catch((thrown: unknown) => {
      this.#client = undefined
      throw thrown
    })
    return this.#client
  }

  /** The connection, unless the server takes longer to start, which it then goes on with. */
  async clientWithin(ms: number): Promise<Client> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new McpError('SERVER_UNAVAILABLE', `The MCP server ${this.name} is still starting.`))
      }, ms)
    })
    try {
      return await Promise.race([this.client(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Asks the server something. A connection that ends before the answer says why it ended. */
  async ask<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.client()
    const transport = this.#transport
    try {
      return await work(client)
    } catch (thrown) {
      const lost = this.config.kind !== 'stdio' && isLost(thrown) ? messageOf(thrown) : undefined
      if (lost !== undefined) await transport?.close().catch(() => undefined) // the next call makes a new connection
      const ending = lost ?? (transport === undefined ? undefined : endingOf(transport))
      if (ending === undefined || this.#closed) throw thrown
      throw new McpError('SERVER_UNAVAILABLE', `The MCP server ${this.name} was lost during the call: ${ending}.`, {
        cause: thrown,
      })
    }
  }

  /** Ends the connection, and with it the server's processes. */
  async close(): Promise<void> {
    this.#closed = true
    const transport = this.#transport
    // A remote server keeps a session until it is told; one that does not answer must not keep us.
    if (transport instanceof StreamableHTTPClientTransport) {
      const ended = transport.terminateSession().catch(() => undefined)
      await Promise.race([ended, new Promise((done) => setTimeout(done, 1_000).unref())])
    }
    await transport?.close().catch(() => undefined)
  }

  /** Ends the server's processes without waiting, for a process that is itself about to end. */
  kill(): void {
    if (this.#transport instanceof ChildTransport) this.#transport.kill()
  }

  async #connect(): Promise<Client> {
    await this.#turn()
    const { capabilities, version, connectMs, now, prepare, onLost } = this.#options
    const client = new Client({ name: 'loki-gateway', version }, { capabilities, enforceStrictCapabilities: false })
    prepare(client)
    client.onerror = (error) => {
      this.#options.onWords(error.message)
    }
    const transport = this.#newTransport()
    this.#transport = transport
    let since = 0
    client.onclose = () => {
      if (this.#closed || since === 0) return
      if (now() - since >= STEADY_MS) this.#failures = 0
      this.#client = undefined
      this.#failed(endingOf(transport) ?? 'its connection ended')
      onLost()
    }
    try {
      await client.connect(transport, { timeout: connectMs })
    } catch (thrown) {
      const why = endingOf(transport) ?? messageOf(thrown)
      await transport.close().catch(() => undefined)
      this.#failed(why)
      throw new McpError('SERVER_UNAVAILABLE', `The MCP server ${this.name} could not be reached: ${why}.`, {
        cause: thrown,
      })
    }
    since = now()
    this.#capabilities = client.getServerCapabilities() ?? {}
    this.#options.onReady()
    return client
  }

  /** Waits until the server may be started again. */
  async #turn(): Promise<void> {
    this.#assertOpen()
    if (this.#failures >= MAX_FAILURES) {
      throw new McpError(
        'SERVER_UNAVAILABLE',
        `The MCP server ${this.name} failed ${this.#failures} times in a row, last because ${this.#lastFailure}. Mend it, then start the agent again.`,
      )
    }
    const wait = this.#notBefore - this.#options.now()
    if (wait > MAX_WAIT_MS) {
      throw new McpError(
        'SERVER_UNAVAILABLE',
        `The MCP server ${this.name} is down (${this.#lastFailure}) and will be started again in ${Math.ceil(wait / 1000)} s.`,
      )
    }
    if (wait > 0) await new Promise((done) => setTimeout(done, wait))
    this.#assertOpen()
  }

  #assertOpen(): void {
    if (this.#closed) throw new McpError('SERVER_UNAVAILABLE', 'The gateway is closing.')
  }

  #failed(why: string): void {
    this.#lastFailure = why
    this.#failures += 1
    this.#notBefore = this.#options.now() + FIRST_PAUSE_MS * 2 ** (this.#failures - 1)
  }

  #newTransport(): Transport {
    const { config } = this
    const { env, maxMessageBytes, onWords } = this.#options
    if (config.kind === 'stdio') {
      return new ChildTransport(config, {
        env,
        maxMessageBytes,
        onWords,
      })
    }
    const shared = { requestInit: { headers: { ...config.headers } }, fetch: boundedFetch(maxMessageBytes) }
    if (config.kind === 'http') return new StreamableHTTPClientTransport(new URL(config.url), shared)
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- servers that speak nothing newer are still in use
    return new SSEClientTransport(new URL(config.url), shared)
  }
}

/** A remote server that was started again knows nothing of our session, and says 404 (Streamable HTTP, session management). */
function isLost(thrown: unknown): boolean {
  return (thrown instanceof SdkHttpError && thrown.status === 404) || thrown instanceof TypeError // what fetch rejects with
}

function endingOf(transport: Transport): string | undefined {
  return transport instanceof ChildTransport ? transport.ending : undefined
}
