import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, isAlive, Project, secret, textOf } from './gateway.js'

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

describe('a call that is refused', () => {
  it('is a result that says why, not an error of the protocol', async () => {
    const gateway = await project.open({ env: { LOKI_BLOCKED_COMMANDS: 'shred' } })
    const result = await gateway.call('echo', { command: 'shred -u notes.txt' })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/^Denied by policy: .*shred/)
    expect(await gateway.text('echo', { text: 'the session goes on' })).toBe('echo the session goes on')
    expect(await project.records('action.decided')).toMatchObject([
      { metadata: { decision: 'DENY', server: 'gov' } },
      { metadata: { decision: 'ALLOW' } },
    ])
    expect(await project.records('action.finished')).toHaveLength(1)
  })

  it('says where no verdict can be had that this is why', async () => {
    const broken = {
      check: () => Promise.reject(new Error('out of order')),
      finished: () => Promise.resolve(),
      reviewOutput: () => Promise.reject(new Error('out of order')),
    }
    const gateway = await project.open({ guard: broken })
    expect(await gateway.text('echo')).toContain('out of order')
  })

  it('says so when there is no such tool', async () => {
    const gateway = await project.open()
    const result = await gateway.call('mcp__gov__echo')
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('There is no tool')
  })
})

describe('what comes back', () => {
  it('is the server’s answer, and both ends of the call are on record', async () => {
    const gateway = await project.open()
    expect(await gateway.text('echo', { text: 'hello' })).toBe('echo hello')
    const [decided] = await project.records('action.decided')
    expect(decided?.who).toMatch(/^agent:mcp\/Test-Agent-[0-9a-f]{8}$/)
    expect(decided).toMatchObject({
      where: 'gov/mcp__gov__echo',
      metadata: { decision: 'ALLOW', server: 'gov', host: 'mcp', kind: 'mcp_tool' },
    })
    expect(await project.records('action.finished')).toMatchObject([
      { metadata: { ok: true, digest: decided?.metadata?.digest } },
    ])
  })

  it('has no secret in any part of it, and what is no secret is as it was', async () => {
    const gateway = await project.open()
    const result = await gateway.call('leak')
    expect(JSON.stringify(result)).not.toContain(secret)
    expect(JSON.stringify(result)).not.toContain('Xk93mQz7Lw2v')
    expect(textOf(result)).toMatch(/the key is \[github_[a-z_]+:[0-9a-f]+\]/)
    expect(result.structuredContent).toMatchObject({ mail: 'alice@example.com' })
    expect(result.content[4]).toEqual({ type: 'image', mimeType: 'image/png', data: 'aGVsbG8=' })
    const blob = result.content[2]?.type === 'resource' ? result.content[2].resource : {}
    expect('blob' in blob && Buffer.from(String(blob.blob), 'base64').toString()).toMatch(/^x \[github_/)
  })

  it('is looked through by the rules for data, and what they find is on record', async () => {
    project.policy('policies:\n  data:\n    - name: people\n      type: pii_detection\n      action: deny\n')
    const gateway = await project.open()
    const result = await gateway.call('leak')
    expect(result.structuredContent).toMatchObject({ mail: expect.stringMatching(/^\[email:[0-9a-f]+\]$/) as string })
    const [record] = await project.records('output.redacted')
    expect(record).toMatchObject({ metadata: { server: 'gov', tool: 'mcp__gov__leak' } })
    expect(JSON.stringify(record)).not.toContain('alice@example.com')
  })

  it.each(['fail', 'break'])('has no secret in an error: %s', async (tool) => {
    const gateway = await project.open()
    const result = await gateway.call(tool)
    expect(result.isError).toBe(true)
    expect(JSON.stringify(result)).not.toContain(secret)
    expect(textOf(result)).toContain('[github_')
    const [finished] = await project.records('action.finished')
    expect(finished).toMatchObject({ metadata: { ok: false } })
    expect(JSON.stringify(finished)).not.toContain(secret)
  })

  it('is refused where it is too large to be checked', async () => {
    const gateway = await project.open({ maxResultBytes: 100_000 })
    expect(await gateway.text('big', { bytes: 99_000 })).toHaveLength(99_000)
    expect(await gateway.text('big', { bytes: 99_990 })).toContain('at most 100000')
    expect(await project.records('action.finished')).toMatchObject([
      { metadata: { ok: true } },
      { metadata: { ok: false } },
    ])
  })

  it('tells the progress of a call that asked for it, without secrets', async () => {
    const gateway = await project.open()
    const messages: (string | undefined)[] = []
    const params = { name: 'slow', arguments: {} }
    await gateway.client.request(
      { method: 'tools/call', params },
      { onprogress: ({ message }) => messages.push(message) },
    )
    expect(messages).toHaveLength(3)
    expect(messages[2]).toMatch(/^step 3 \[github_/)
  })
})

describe('a server that misbehaves', () => {
  it('and never answers is given up', async () => {
    const gateway = await project.open({ callMs: 300 })
    const result = await gateway.call('hang')
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(/timed out/i)
    await eventually(() => project.notices.some((line) => line.includes('the call was cancelled')))
  })

  it('and dies during a call fails that call, and is started again for the next', async () => {
    const gateway = await project.open()
    expect(await gateway.text('die')).toMatch(/gov.*exit code 3/)
    expect(await gateway.text('echo', { text: 'again' })).toBe('echo again')
  })

  it('and dies every time is given up, which is said', async () => {
    const gateway = await project.open({ servers: [project.server('gov', { args: ['crash'] })], now: () => 0 })
    expect(await gateway.names()).toEqual([])
    expect(project.notices.join('\n')).toMatch(/gov: its tools are not shown: .*exit code 4/)
    expect(await gateway.text('echo')).toContain('There is no tool')
  })

  it('and is mute does not keep the others from working', async () => {
    const mute = project.server('mute', { args: ['mute'] })
    const gateway = await project.open({ servers: [mute, project.server('gov')], startMs: 1500, connectMs: 2500 })
    await eventually(async () => (await gateway.names()).includes('echo'))
    expect(await gateway.text('echo', { text: 'I' })).toBe('echo I')
  })

  it('and takes long to start joins when it is there, and the agent is told', async () => {
    let told = 0
    const gateway = await project.open({
      servers: [project.server('gov'), project.server('late', { args: ['late'] })],
      startMs: 100,
      prepare: (client) => {
        client.setNotificationHandler('notifications/tools/list_changed', () => {
          told += 1
        })
      },
    })
    await eventually(() => told > 0)
    expect(await gateway.names()).toEqual(expect.arrayContaining(['gov__echo', 'late__echo']))
  })

  it('and nests its answers without end fails alone', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const raw = `
const info = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'raw', version: '1' } }
const tool = '{"name":"deep","inputSchema":{"type":"object","default":DEEP}}'
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line)
  const result = method === 'initialize' ? JSON.stringify(info) : '{"tools":[' + tool + ']}'
  if (id !== undefined) process.stdout.write('{"jsonrpc":"2.0","id":' + id + ',"result":' + result + '}\\n')
})`
    const file = join(project.dir, 'raw.cjs')
    writeFileSync(file, raw.replace('DEEP', deep))
    const nested = { kind: 'stdio', name: 'raw', command: process.execPath, args: [file], env: {} } as const
    const gateway = await project.open({ servers: [nested, project.server('gov')] })
    expect(await gateway.names()).toContain('echo')
    expect(project.notices.join('\n')).toContain('raw: its tools are not shown')
  })

  it('and writes garbage between its messages is heard all the same', async () => {
    const gateway = await project.open()
    expect(await gateway.text('garbage')).toBe('after the garbage')
    expect(project.notices.join('\n')).toContain('what is no message: this is no JSON')
  })

  it('and writes without end is ended', async () => {
    const gateway = await project.open({ maxResultBytes: 1_000_000 })
    expect(await gateway.text('flood')).toMatch(/more than 4000000 bytes/)
    expect(await gateway.text('echo', { text: 'again' })).toBe('echo again')
  })
})

describe('an agent that leaves', () => {
  it('and withdraws a call cancels it at the server', async () => {
    const gateway = await project.open()
    const withdrawn = new AbortController()
    const params = { name: 'hang', arguments: {} }
    const call = gateway.client.request({ method: 'tools/call', params }, { signal: withdrawn.signal })
    await eventually(() => project.notices.some((line) => line.includes('the call began')))
    withdrawn.abort('no longer needed')
    await expect(call).rejects.toThrow()
    await eventually(() => project.notices.some((line) => line.includes('the call was cancelled')))
    await eventually(async () => (await project.records('action.finished')).length === 1)
    expect(await gateway.text('echo', { text: 'still here' })).toBe('echo still here')
  })

  it('leaves no process behind, nor what the servers started', async () => {
    const gateway = await project.open()
    const pids = (await gateway.text('child')).split(' ').map(Number)
    expect(pids.map(isAlive)).toEqual([true, true])
    void gateway.call('hang').catch(() => undefined)
    await gateway.client.close()
    await gateway.session.done
    expect(pids.map(isAlive)).toEqual([false, false])
    const ended = (await project.records('action.finished')).map(({ metadata }) => metadata?.ok)
    expect(ended).toHaveLength((await project.records('action.decided')).length)
  })
})

describe('a server', () => {
  it('gets what it is configured with and little else', async () => {
    const gateway = await project.open()
    const names = (await gateway.text('environment')).split(' ')
    expect(names).toEqual(expect.arrayContaining(['HOME', 'PATH', 'TEST_SECRET']))
    expect(names).not.toContain('SECRET_OF_OURS')
    expect(names.filter((name) => name.startsWith('LOKI_'))).toEqual([])
  })

  it('serves each of two agents by itself', async () => {
    const [first, second] = await Promise.all([project.open(), project.open()])
    const calls = [
      first.text('child'),
      second.text('child'),
      first.text('echo', { text: '1' }),
      second.text('echo', { text: '2' }),
    ]
    const [one, two, ...echoes] = await Promise.all(calls)
    expect(one).not.toBe(two)
    expect(echoes).toEqual(['echo 1', 'echo 2'])
    await first.close()
    expect(await second.text('echo', { text: '3' })).toBe('echo 3')
  })
})
