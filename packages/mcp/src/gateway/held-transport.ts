import type { JSONRPCMessage, MessageExtraInfo, Transport, TransportSendOptions } from '@modelcontextprotocol/server'
import { isInitializeRequest } from '@modelcontextprotocol/server'
import type { ClientCapabilities, Implementation } from '@modelcontextprotocol/server'

/** How an agent introduces itself. What it says is not verified. */
export interface Introduction {
  readonly client: Implementation
  readonly capabilities: ClientCapabilities
}

const METHOD_NOT_FOUND = -32601
/** Messages that may wait until the servers were asked. */
const MAX_HELD = 256

/**
 * Holds an agent's first messages back until it is known what the servers can do: what the gateway answers to `initialize`
 * depends on them, and what they are offered depends on what the agent says there.
 */
export class HeldTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void
  /** Resolves with the agent's introduction; never, where the agent leaves without one. */
  readonly introduced: Promise<Introduction>
  readonly #inner: Transport
  #held: [JSONRPCMessage, MessageExtraInfo | undefined][] | undefined = []
  #introduce: ((introduction: Introduction) => void) | undefined
  #closed = false

  constructor(inner: Transport) {
    this.#inner = inner
    this.introduced = new Promise((resolve) => {
      this.#introduce = resolve
    })
    inner.onmessage = (message, extra) => {
      this.#arrived(message, extra)
    }
    inner.onclose = () => {
      this.#closed = true
      this.onclose?.()
    }
    inner.onerror = (error) => this.onerror?.(error)
  }

  get closed(): boolean {
    return this.#closed
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId
  }

  readonly setProtocolVersion = (version: string): void => {
    this.#inner.setProtocolVersion?.(version)
  }

  readonly setSupportedProtocolVersions = (versions: string[]): void => {
    this.#inner.setSupportedProtocolVersions?.(versions)
  }

  /** Begins to read. */
  listen(): Promise<void> {
    return this.#inner.start()
  }

  /** Called by the server once it listens: hands over what was held, in order. */
  start(): Promise<void> {
    const held = this.#held ?? []
    this.#held = undefined
    queueMicrotask(() => {
      for (const [message, extra] of held) this.onmessage?.(message, extra)
    })
    return Promise.resolve()
  }

  send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    return this.#inner.send(message, options)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #arrived(message: JSONRPCMessage, extra: MessageExtraInfo | undefined): void {
    const held = this.#held
    if (held === undefined) {
      this.onmessage?.(message, extra)
      return
    }
    if (isInitializeRequest(message) && this.#introduce !== undefined) {
      const { clientInfo, capabilities } = message.params
      this.#introduce({ client: clientInfo, capabilities })
      this.#introduce = undefined
    } else if (this.#introduce !== undefined) {
      // Newer agents ask `server/discover` first, and fall back to `initialize` when they hear this.
      if ('id' in message && 'method' in message) {
        const error = { code: METHOD_NOT_FOUND, message: 'This gateway speaks MCP 2025-11-25: send initialize first.' }
        this.#inner
          .send({ jsonrpc: '2.0', id: message.id, error }, { relatedRequestId: message.id })
          .catch((thrown: unknown) => {
            this.onerror?.(thrown instanceof Error ? thrown : new Error(String(thrown)))
          })
      }
      return
    }
    if (held.length < MAX_HELD) held.push([message, extra])
    else void this.close()
  }
}
