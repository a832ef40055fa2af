import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { openAudit } from '@loki/audit'
import type { AuditEntry, AuditLog } from '@loki/audit'
import { openGuard } from '@loki/guard'
import { Client } from '@modelcontextprotocol/client'
import type { CallToolResult, ClientCapabilities, Transport } from '@modelcontextprotocol/client'
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/server'
import type { JSONRPCMessage } from '@modelcontextprotocol/server'
import { startGateway } from '../src/index.js'
import type { AgentSession, GatewayOptions, ProgramServer } from '../src/index.js'

/** A token in the form of GitHub's, made up. */
export const secret: string = ['ghp', 'n4Kq8Zt2Vx6Wb1Yc5Rd9Sf3Hj7Lm0Pa2QeUi'].join('_')

const program = join(import.meta.dirname, 'programs', 'server.mjs')

export type GatewayInput = Partial<Omit<GatewayOptions, 'audit' | 'projectDir'>> & {
  /** What the agent says it can do. */
  readonly capabilities?: ClientCapabilities
  /** The agent speaks the protocol of 2026 where it can. */
  readonly newer?: boolean
  /** Sets up what the agent answers to servers. */
  readonly prepare?: (client: Client) => void
}

/** A project of its own, with a log, a guard and any number of gateways before real servers. */
export class Project {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), 'loki-mcp-')))
  readonly notices: string[] = []
  readonly audit: AuditLog
  readonly #gateways: Gateway[] = []

  constructor() {
    mkdirSync(join(this.dir, '.git'))
    this.audit = openAudit({ dir: join(this.dir, '.loki', 'audit'), enabled: true, env: {} })
  }

  /** Writes a policy file. */
  policy(text: string): void {
    mkdirSync(join(this.dir, '.loki'), { recursive: true })
    writeFileSync(join(this.dir, '.loki', 'policies.yaml'), text)
  }

  /** The test server as a configuration names it. */
  server(
    name: string,
    { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
  ): ProgramServer {
    return {
      kind: 'stdio',
      name,
      command: process.execPath,
      args: [program, ...args],
      env: { TEST_SECRET: secret, ...env },
    }
  }

  /** A server whose tools are the given ones; they can be rewritten while it runs. */
  toolServer(name: string, tools: readonly Readonly<Record<string, unknown>>[]): ProgramServer {
    const file = join(this.dir, `${name}-tools.json`)
    const full = tools.map((tool) => ({ inputSchema: { type: 'object' }, ...tool }))
    writeFileSync(file, JSON.stringify(full))
    return this.server(name, { args: ['only-tools'], env: { TEST_TOOLS: file } })
  }

  async open(input: GatewayInput = {}): Promise<Gateway> {
    const { capabilities = {}, newer = false, prepare, ...options } = input
    const env = {
      PATH: process.env.PATH,
      HOME: this.dir,
      LOKI_SESSION_ID: '',
      SECRET_OF_OURS: 'not for servers',
      ...options.env,
    }
    const toGateway = new PassThrough()
    const toAgent = new PassThrough()
    const session = await startGateway(
      {
        projectDir: this.dir,
        servers: [this.server('gov')],
        guard: openGuard({ projectDir: this.dir, env, audit: this.audit, enabled: true }),
        audit: this.audit,
        onNotice: (line) => this.notices.push(line),
        ...options,
        env,
      },
      { stdin: toGateway, stdout: toAgent },
    )
    const client = new Client(
      { name: 'Test Agent', version: '1' },
      { capabilities, versionNegotiation: { mode: newer ? 'auto' : 'legacy' } },
    )
    prepare?.(client)
    const gateway = new Gateway(client, session)
    this.#gateways.push(gateway)
    await client.connect(new Pipe(toAgent, toGateway), { timeout: 15_000 })
    return gateway
  }

  async records(what: string): Promise<readonly AuditEntry[]> {
    const found: AuditEntry[] = []
    for await (const entry of this.audit.readEntries({ what })) found.push(entry)
    return found
  }

  async remove(): Promise<void> {
    await Promise.all(this.#gateways.splice(0).map((gateway) => gateway.close()))
    await this.audit.close()
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** An agent, and the gateway it is connected to. */
export class Gateway {
  readonly client: Client
  readonly session: AgentSession

  constructor(client: Client, session: AgentSession) {
    this.client = client
    this.session = session
  }

  async names(): Promise<readonly string[]> {
    return (await this.client.listTools(undefined, { cacheMode: 'bypass' })).tools.map(({ name }) => name)
  }

  call(name: string, args: Readonly<Record<string, unknown>> = {}): Promise<CallToolResult> {
    return this.client.request({ method: 'tools/call', params: { name, arguments: args } }, { timeout: 20_000 })
  }

  async text(name: string, args: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return textOf(await this.call(name, args))
  }

  async close(): Promise<void> {
    await this.client.close()
    await this.session.close()
  }
}

/** An agent at the other end of a server's standard input and output. */
export async function connectAgent(streams: {
  readonly toAgent: PassThrough
  readonly toServer: PassThrough
}): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1' })
  await client.connect(new Pipe(streams.toAgent, streams.toServer))
  return client
}

export function textOf({ content }: CallToolResult): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
}

/** The agent's end of the two streams. */
class Pipe implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  readonly #input: PassThrough
  readonly #output: PassThrough

  constructor(input: PassThrough, output: PassThrough) {
    this.#input = input
    this.#output = output
  }

  start(): Promise<void> {
    const buffer = new ReadBuffer({ maxBufferSize: 64 * 1024 * 1024 })
    this.#input.on('data', (chunk: Buffer) => {
      buffer.append(chunk)
      for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage())
        this.onmessage?.(message)
    })
    this.#input.on('end', () => this.onclose?.())
    return Promise.resolve()
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#output.write(serializeMessage(message))
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#output.end()
    this.onclose?.()
    return Promise.resolve()
  }
}

/** Whether a process is there; one that has ended and waits for its parent is not. */
export function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}

/** Waits until it is so, and fails after some seconds. */
export async function eventually(is: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const until = performance.now() + ms
  while (!(await is())) {
    if (performance.now() > until) throw new Error('it never came to be')
    await new Promise((done) => setTimeout(done, 20))
  }
}
