import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import type { AddressInfo } from 'node:net'
import { AuditError } from '../../error.js'
import { tryLock } from '../../lock/lock.js'
import { isLoopback } from '../address.js'
import { cosignerKey } from '../cosignature.js'
import { MAX_SUBMISSION } from '../submission.js'
import { openWitnessKey } from './key.js'
import { policyReader } from './known-logs.js'
import { Memory } from './memory.js'
import { Trust } from './trust.js'
import { Witness } from './witness.js'

const PATIENCE_MS = 10_000

export interface WitnessOptions {
  /** Folder of the witness: its key, its policy, and what it has cosigned. Made with mode 0700. */
  readonly dir: string
  /** Name of the witness, kept with its key on first use. Default `loki-witness`. */
  readonly name?: string | undefined
  /** Keys of logs, as vkeys, besides the `log` lines of the policy in `dir`. */
  readonly logs?: readonly string[] | undefined
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default 0: any free one. */
  readonly port?: number | undefined
  /** Allows a host that is not loopback. It speaks plain HTTP: put a TLS proxy before it. */
  readonly remote?: boolean | undefined
  readonly now?: (() => Date) | undefined
  /** Told of each answer, for a person who watches. */
  readonly onAnswer?: ((answer: { readonly status: number; readonly reason: string }) => void) | undefined
}

/** A witness that serves. */
export interface WitnessServer {
  /** The submission prefix, for `LOKI_AUDIT_ANCHOR_WITNESS_URL`. */
  readonly url: string
  /** The public key, as a vkey, for `LOKI_AUDIT_ANCHOR_WITNESS_KEY`. */
  readonly key: string
  close(): Promise<void>
}

/** Serves a C2SP witness until it is closed; one process a folder. Rejects with an AuditError. */
export async function serveWitness(options: WitnessOptions): Promise<WitnessServer> {
  const { dir, host = '127.0.0.1', port = 0, logs = [] } = options
  if (!isLoopback(host) && options.remote !== true) {
    throw new AuditError(
      'INVALID_SETTING',
      `expected a loopback host, got ${host}; remote: true allows others (--remote), and wants a TLS proxy before it`,
    )
  }
  const signer = openWitnessKey(dir, options.name)
  const policy = policyReader(dir)
  const trusted = (): readonly string[] => [...new Set([...logs, ...policy()])]
  let trust = new Trust(trusted())
  let seen = trusted().join('\n')
  const current = (): Trust => {
    const keys = trusted()
    if (keys.join('\n') !== seen) {
      trust = new Trust(keys)
      seen = keys.join('\n')
    }
    return trust
  }
  const lock = await tryLock(dir)
  if (lock === undefined) throw new AuditError('LOCK_UNAVAILABLE', `expected no other witness to use ${dir}`)
  try {
    const memory = new Memory(dir)
    const witness = new Witness({ signer, memory, trust: current, now: options.now ?? ((): Date => new Date()) })
    const server = createServer(
      {
        requestTimeout: PATIENCE_MS,
        headersTimeout: PATIENCE_MS,
        connectionsCheckingInterval: 1000,
        maxHeaderSize: 8192,
      },
      (request, response) => {
        void answer(witness, { request, response, host, told: options.onAnswer ?? ((): void => undefined) })
      },
    )
    server.maxConnections = 256
    await listening(server, { host, port })
    const { port: bound } = server.address() as AddressInfo // it listens on a port
    return {
      url: `http://${isIPv6(host) ? `[${host}]` : host}:${bound}`,
      key: cosignerKey(signer),
      close: async () => {
        if (!server.listening) return
        server.close()
        server.closeAllConnections()
        await once(server, 'close')
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly host: string
  readonly told: NonNullable<WitnessOptions['onAnswer']>
}

interface Said {
  readonly status: number
  readonly body: string
}

async function answer(witness: Witness, exchange: Exchange): Promise<void> {
  const { response, told } = exchange
  let said: Said
  let reason: string
  try {
    said = await replyTo(witness, exchange)
    reason = said.status === 200 ? '' : said.body.trim()
  } catch (error) {
    // What is wrong with our disk is for who runs the witness, and not for who asks.
    said = { status: 500, body: 'the witness cannot answer now\n' }
    reason = error instanceof Error ? error.message : String(error)
  }
  told({ status: said.status, reason })
  if (response.destroyed) return
  if (said.status === 413) response.shouldKeepAlive = false
  const type = said.status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8'
  response.writeHead(said.status, { 'content-type': type, 'content-length': Buffer.byteLength(said.body) })
  response.end(said.body)
}

async function replyTo(witness: Witness, { request, host }: Exchange): Promise<Said> {
  if (request.url?.endsWith('/add-checkpoint') !== true) {
    return { status: 404, body: 'there is add-checkpoint, and nothing else\n' }
  }
  if (request.method !== 'POST') return { status: 405, body: 'add-checkpoint takes POST\n' }
  if (isFromBrowser(request, host)) return { status: 403, body: 'this is not for web pages\n' }
  const body = await bodyOf(request)
  if (body === undefined) return { status: 413, body: `a request is at most ${MAX_SUBMISSION} bytes\n` }
  const text = utf8(body)
  return text === undefined ? { status: 400, body: 'a request is UTF-8\n' } : witness.addCheckpoint(text)
}

/** A page in a browser on this machine, or a name that was bent to point here, is no log. */
function isFromBrowser({ headers }: IncomingMessage, host: string): boolean {
  if (headers.origin !== undefined) return true
  if (!isLoopback(host)) return false
  const named = URL.canParse(`http://${headers.host ?? ''}`) ? new URL(`http://${headers.host ?? ''}`).hostname : ''
  return !isLoopback(named)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_SUBMISSION) return undefined
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_SUBMISSION) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

async function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError('INVALID_SETTING', `expected to listen on ${host}:${port}: ${message}`, { cause: error })
  }
}
