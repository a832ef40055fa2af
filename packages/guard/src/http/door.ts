import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { GuardError, messageOf } from '../errors.js'
import { answerHookCall } from '../hook-event.js'
import type { HookAnswer } from '../hosts/host.js'
import type { Guard } from '../guard.js'
import { MAX_INPUT_BYTES } from '../server/protocol.js'
import { readAction } from './action.js'

/** Nobody reaches the door from another machine. */
const LOOPBACK = '127.0.0.1'
const HEADERS_MS = 5_000
const REQUEST_MS = 30_000
const MAX_CONNECTIONS = 256

export type HttpDoorOptions = {
  /** 0 takes any free one. */
  readonly port: number
  /** What callers show as `Authorization: Bearer …`. */
  readonly token: string
  readonly guardFor: (projectDir: string, env: Readonly<Record<string, string | undefined>>) => Guard
}

/** A door for hosts that post their hooks, and for programs that ask before they act. */
export type HttpDoor = { readonly port: number; close(): Promise<void> }

/**
 * Listens on 127.0.0.1: `POST /v1/hooks/<host>` takes a hook's JSON and gives the host's answer, `POST /v1/check` takes an
 * action and gives the verdict. Requests of web pages (an `Origin`, another `Host`) and without the token are refused.
 * Rejects with `SOCKET_IN_USE` where the port is taken.
 */
export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { createServer } = await import('node:http') // few guard processes answer over HTTP
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: HEADERS_MS })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => {
    void answer(request, response, options)
  })
  const port = await listen(server, options.port)
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      reject(taken ? new GuardError('SOCKET_IN_USE', `Port ${port} is taken by another program.`, { cause }) : cause)
    })
    server.listen(port, LOOPBACK, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, options: HttpDoorOptions): Promise<void> {
  try {
    const refusal = refusalOf(request, options)
    if (refusal !== undefined) {
      send(response, refusal.status, { error: refusal })
      return
    }
    const [, door, host] = /^\/v1\/(hooks|check)(?:\/([a-z]+))?$/.exec(request.url ?? '') ?? []
    const body = await readBody(request)
    if (door === 'hooks' && host !== undefined) {
      const call = { host, input: body, cwd: '/', env: environmentOf(request) }
      sendHook(response, host, await answerHookCall(call, options.guardFor))
    } else if (door === 'check' && host === undefined) {
      const action = readAction(body)
      send(response, 200, await options.guardFor(action.projectDir, {}).check(action))
    } else {
      const message = 'Expected POST /v1/hooks/<host> or POST /v1/check.'
      send(response, 404, { error: { code: 'NOT_FOUND', message } })
    }
  } catch (thrown) {
    const code = thrown instanceof GuardError ? thrown.code : 'INTERNAL'
    send(response, code === 'INPUT_TOO_LARGE' ? 413 : code === 'INTERNAL' ? 500 : 400, {
      error: { code, message: messageOf(thrown) },
    })
  }
}

type Refusal = { readonly status: number; readonly code: string; readonly message: string }

function refusalOf({ method, headers, socket }: IncomingMessage, { token }: HttpDoorOptions): Refusal | undefined {
  const port = socket.localPort ?? 0
  const hosts = [`${LOOPBACK}:${port}`, `localhost:${port}`]
  // A page in a browser can reach loopback under a name of its own (DNS rebinding), but not without these two.
  if (headers.origin !== undefined || !hosts.includes(headers.host ?? '')) {
    return {
      status: 403,
      code: 'FORBIDDEN',
      message: `Expected a program on this machine that asks for ${hosts[0] ?? ''}.`,
    }
  }
  const shown = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) {
    return {
      status: 401,
      code: 'UNAUTHENTICATED',
      message: 'Expected the token of the guard process as Authorization: Bearer.',
    }
  }
  if (method !== 'POST') return { status: 405, code: 'METHOD', message: 'Expected POST.' }
  return undefined
}

/** What a host may say of a hook's surroundings, as headers: it has no environment to give. */
function environmentOf({ headers }: IncomingMessage): Record<string, string> {
  const said = { LOKI_SESSION_ID: headers['loki-session'], LOKI_PROJECT_DIR: headers['loki-project'] }
  return Object.fromEntries(
    Object.entries(said).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_INPUT_BYTES) {
      throw new GuardError('INPUT_TOO_LARGE', `The request has more than ${MAX_INPUT_BYTES} bytes; split the call.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A refusal that a hook program would make by its exit code is, where no program runs, a denial in the host's own words. */
function sendHook(response: ServerResponse, host: string, { stdout, stderr, exitCode }: HookAnswer): void {
  if (exitCode === 0) {
    sendText(response, 200, stdout === '' ? '{}' : stdout)
    return
  }
  const reason = stderr.trim()
  if (host !== 'claude') {
    send(response, 422, { error: { code: 'REFUSED', message: reason } })
    return
  }
  const denial = { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: reason }
  send(response, 200, { hookSpecificOutput: denial })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON.stringify(body))
}

function sendText(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return
  const close = status === 413 ? { connection: 'close' } : {} // the rest of the body is not read
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...close,
  })
  response.end(text)
}
