import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createServer, request } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openGuard } from '@loki/guard'
import { listenGateway, readServers } from '../src/index.js'
import type { DoorOptions, HttpGateway } from '../src/index.js'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, isAlive, Project, secret } from './gateway.js'

const token = 'a-token-of-enough-characters'
let project: Project
const doors: HttpGateway[] = []
beforeEach(() => {
  project = new Project()
})
afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.close()))
  await project.remove()
})

async function open(options: Partial<DoorOptions> = {}): Promise<HttpGateway> {
  const env = { PATH: process.env.PATH, HOME: project.dir }
  const door = await listenGateway(
    {
      projectDir: project.dir,
      servers: [project.server('gov')],
      guard: openGuard({ projectDir: project.dir, env, audit: project.audit, enabled: true }),
      audit: project.audit,
      env,
      onNotice: (line) => project.notices.push(line),
    },
    { port: 0, token, ...options },
  )
  doors.push(door)
  return door
}

function agent(): Client {
  return new Client({ name: 'agent', version: '1' })
}

function transport(url: string, shown = token): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${shown}` } },
  })
}

async function text(client: Client, name: string): Promise<string> {
  const { content } = await client.callTool({ name, arguments: { text: 'x' } })
  return content.map((block) => (block.type === 'text' ? block.text : '')).join()
}

/** The status of a request that no client of ours would send. */
function status(
  { port }: HttpGateway,
  headers: Record<string, string>,
  options: { path?: string; body?: string } = {},
) {
  const { path = '/mcp', body = '{}' } = options
  return new Promise<number | undefined>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A server of the protocol of 2024: events on one connection, messages posted to another. The SDK has none any more. */
async function oldServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const answers: Record<string, unknown> = {
    initialize: {
      protocolVersion: '2024-11-05',
      capabilities: { tools: {} },
      serverInfo: { name: 'old', version: '1' },
    },
    'tools/list': { tools: [{ name: 'ask', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: `said ${secret}` }] },
  }
  let events: ServerResponse | undefined
  const server = createServer((asked, answer) => {
    if (asked.method === 'GET') {
      events = answer.writeHead(200, { 'content-type': 'text/event-stream' })
      events.write('event: endpoint\ndata: /messages\n\n')
      return
    }
    asked.setEncoding('utf8').on('data', (text: string) => {
      const { id, method } = JSON.parse(text) as { id?: number; method: string } // sent by the SDK
      const result = { jsonrpc: '2.0', id, result: answers[method] }
      if (id !== undefined) events?.write(`event: message\ndata: ${JSON.stringify(result)}\n\n`)
      answer.writeHead(202).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/sse`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}

describe('a gateway that listens', () => {
  it('refuses web pages, other hosts, wrong tokens and other paths', async () => {
    const door = await open()
    const good = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' }
    expect(await status(door, { ...good, authorization: '' })).toBe(401)
    expect(await status(door, { ...good, authorization: `Bearer ${token}x` })).toBe(401)
    expect(await status(door, { ...good, origin: `http://127.0.0.1:${door.port}` })).toBe(403)
    expect(await status(door, { ...good, host: `evil.example:${door.port}` })).toBe(403)
    expect(await status(door, good, { path: '/' })).toBe(404)
    expect(await status(door, good)).toBe(400)
    expect(await status(door, { ...good, 'mcp-session-id': 'guessed' })).toBe(404)
    expect(await status(door, good, { body: `"${'x'.repeat(40_000_000)}"` }).catch(() => 413)).toBe(413)
    await expect(agent().connect(transport(door.url, 'another-token-of-ours'))).rejects.toThrow()
    expect(door.agents).toBe(0)
  })

  it('does not open with a token that can be guessed', async () => {
    await expect(open({ token: 'short' })).rejects.toThrow(/16 characters/)
  })

  it('gives each agent servers of its own, and ends them when it leaves', async () => {
    const door = await open()
    const [one, two] = [agent(), agent()]
    const ways = [transport(door.url), transport(door.url)] as const
    await Promise.all([one.connect(ways[0]), two.connect(ways[1])])
    expect(door.agents).toBe(2)
    const [first, second] = await Promise.all([text(one, 'child'), text(two, 'child')])
    expect(first).not.toBe(second)
    await ways[0].terminateSession()
    await eventually(() => first.split(' ').every((pid) => !isAlive(Number(pid))))
    expect(await text(two, 'echo')).toBe('echo x')
    expect(second.split(' ').map(Number).map(isAlive)).toEqual([true, true])
    await door.close()
    expect(second.split(' ').map(Number).map(isAlive)).toEqual([false, false])
  })

  it('ends an agent that has not been heard of for long', async () => {
    const door = await open({ idleMs: 200 })
    const way = transport(door.url)
    const client = agent()
    await client.connect(way)
    await client.close() // without a word to the gateway
    await eventually(() => door.agents === 0)
  })
})

describe('a server over HTTP', () => {
  it('is reached with the configured headers, and governed like any other', async () => {
    const door = await open() // a gateway is an MCP server too
    const file = join(project.dir, 'mcp.json')
    const headers = { authorization: 'Bearer ${GATEWAY_TOKEN}' }
    writeFileSync(file, JSON.stringify({ mcpServers: { far: { type: 'http', url: door.url, headers } } }))
    const servers = readServers(file, { env: { GATEWAY_TOKEN: token } })
    const gateway = await project.open({ servers })
    expect(await gateway.text('echo', { text: 'far' })).toBe('echo far')
    expect(await gateway.text('leak')).not.toContain(secret)
    const decided = await project.records('action.decided')
    expect(decided.map(({ metadata }) => metadata?.server)).toEqual(['far', 'gov', 'far', 'gov'])
  })

  it('that speaks the older SSE is reached too', async () => {
    const old = await oldServer()
    const gateway = await project.open({ servers: [{ kind: 'sse', name: 'old', url: old.url, headers: {} }] })
    expect(await gateway.names()).toEqual(['ask'])
    expect(await gateway.text('ask')).toMatch(/^said \[github_token:/)
    await old.close()
  })

  it('that was started again is reached again, and the call in between fails', async () => {
    const door = await open()
    const headers = { authorization: `Bearer ${token}` }
    const gateway = await project.open({ servers: [{ kind: 'http', name: 'far', url: door.url, headers }] })
    expect(await gateway.text('echo', { text: '1' })).toBe('echo 1')
    await door.close()
    await open({ port: door.port })
    expect(await gateway.text('echo', { text: '2' })).toMatch(/far was lost during the call/)
    expect(await gateway.text('echo', { text: '3' })).toBe('echo 3')
  })

  it('that cannot be reached is told of, and the others work', async () => {
    const dead = { kind: 'http', name: 'dead', url: 'http://127.0.0.1:9/mcp', headers: {} } as const
    const gateway = await project.open({ servers: [dead, project.server('gov')] })
    expect(await gateway.names()).toContain('echo')
    expect(project.notices.join('\n')).toContain('dead: its tools are not shown')
  })
})
