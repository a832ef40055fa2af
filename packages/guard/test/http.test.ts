import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { guardSocketPath, httpToken, serveResident, tokenFile } from '../src/index.js'
import type { Resident } from '../src/index.js'

type Answer = { readonly status: number; readonly body: Record<string, unknown> }

describe('the HTTP door', () => {
  let root: string
  let project: string
  let socketPath: string
  let resident: Resident | undefined

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-http-')))
    project = join(root, 'project')
    mkdirSync(join(project, '.git'), { recursive: true })
    socketPath = guardSocketPath({ HOME: root })
  })
  afterEach(async () => {
    await resident?.server.close()
    await resident?.done
    resident = undefined
    rmSync(root, { recursive: true, force: true })
  })

  const serve = async (): Promise<number> => {
    resident = await serveResident({ socketPath, build: 'test', httpPort: 0 })
    return resident.httpPort ?? 0
  }

  const post = (
    port: number,
    path: string,
    body: unknown,
    { headers = {}, method = 'POST' }: { headers?: Record<string, string>; method?: string } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const authorization = `Bearer ${httpToken(socketPath)}`
      const call = request(
        { port, host: '127.0.0.1', path, method, headers: { authorization, ...headers } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] })
          })
        },
      )
      call.on('error', reject)
      call.end(typeof body === 'string' ? body : JSON.stringify(body))
    })

  const hook = (command: string, more: object = {}): object => ({
    session_id: 's1',
    cwd: project,
    hook_event_name: 'PreToolUse',
    permission_mode: 'bypassPermissions',
    tool_name: 'Bash',
    tool_input: { command },
    ...more,
  })
  const action = (more: object = {}): object => ({
    kind: 'command',
    tool: 'deployer',
    cwd: project,
    projectDir: project,
    command: 'ls',
    ...more,
  })

  it.each([
    ['without the token', { authorization: '' }, 401],
    ['with another token', { authorization: `Bearer ${'x'.repeat(43)}` }, 401],
    ['of a web page', { origin: 'http://127.0.0.1' }, 403],
    ['under another name', { host: 'evil.example' }, 403],
  ])('refuses a request %s', async (_, headers, status) => {
    const port = await serve()
    expect(await post(port, '/v1/hooks/claude', hook('ls'), { headers })).toMatchObject({ status, body: { error: {} } })
  })

  it('refuses another method, another path and an unknown host', async () => {
    const port = await serve()
    expect((await post(port, '/v1/check', '', { method: 'PUT' })).status).toBe(405)
    expect((await post(port, '/v2/check', action())).status).toBe(404)
    expect((await post(port, '/v1/hooks/nobody', hook('ls'))).status).toBe(422)
    expect((await post(port, '/v1/check/more', action())).status).toBe(404)
  })

  it('denies in the words of Claude Code, also what it cannot read', async () => {
    const port = await serve()
    const denied = { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny' } }
    expect(await post(port, '/v1/hooks/claude', hook('rm -rf /'))).toMatchObject({ status: 200, body: denied })
    expect(await post(port, '/v1/hooks/claude', 'no json')).toMatchObject({ status: 200, body: denied })
    expect(await post(port, '/v1/hooks/claude', hook('ls', { tool_input: 'ls' }))).toMatchObject({
      status: 200,
      body: denied,
    })
  })

  it('refuses a body that is too large', async () => {
    const port = await serve()
    const answer = await post(port, '/v1/hooks/claude', 'x'.repeat(8 * 1024 * 1024 + 1)).catch(
      (error: unknown) => error,
    )
    // The connection may end before the answer is read: the rest of the body is not taken.
    if (answer instanceof Error) expect(answer.message).toMatch(/ECONNRESET|EPIPE|socket hang up/)
    else expect(answer).toMatchObject({ status: 413 })
  })

  it('has no opinion on what is allowed, and records it', async () => {
    const port = await serve()
    expect(await post(port, '/v1/hooks/claude', hook('ls'))).toEqual({ status: 200, body: {} })
    expect(existsSync(join(project, '.loki', 'audit', 'audit.jsonl'))).toBe(true)
  })

  it.each([
    ['a field that there is not', { prompt: 'x' }, /"prompt" is no field/],
    ['no command', { command: undefined }, /needs "command"/],
    ['an unknown kind', { kind: 'wish' }, /"kind" must be one of/],
    ['a relative folder', { cwd: 'src' }, /"cwd" must be an absolute path/],
    ['paths that are no texts', { paths: ['a', 1] }, /"paths" must be a list/],
    ['a URL that is no text', { url: 1 }, /"url" must be a text/],
    ['a server without a name', { kind: 'mcp_tool', server: {} }, /name/],
  ])('does not check an action with %s', async (_, more, message) => {
    const port = await serve()
    const { status, body } = await post(port, '/v1/check', action(more))
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'BAD_HOOK_INPUT', message: expect.stringMatching(message) as string })
  })

  it('gives the verdict on an action that a program asks about', async () => {
    const port = await serve()
    expect(await post(port, '/v1/check', action({ command: 'rm -rf /' }))).toMatchObject({
      status: 200,
      body: { decision: 'DENY' },
    })
    expect(await post(port, '/v1/check', action())).toMatchObject({ status: 200, body: { decision: 'ALLOW', seq: 1 } })
  })

  it('keeps its token to its user', async () => {
    await serve()
    const file = tokenFile(socketPath)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o644)
    expect(() => httpToken(socketPath)).toThrow(/can be read by others/)
    chmodSync(file, 0o600)
    writeFileSync(file, 'short')
    expect(() => httpToken(socketPath)).toThrow(/no token of 43 characters/)
  })

  it('leaves nothing behind where its port is taken', async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await expect(serveResident({ socketPath, build: 'test', httpPort: port })).rejects.toMatchObject({
      code: 'SOCKET_IN_USE',
    })
    expect(existsSync(socketPath)).toBe(false)
    await new Promise((done) => other.close(done))
  })
})
