import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { openAudit } from '@loki/audit'
import { openGuard, writeControl } from '@loki/guard'
import type { Action } from '@loki/guard'
import type { Client } from '@modelcontextprotocol/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveTools } from '../src/index.js'
import type { LokiToolsOptions } from '../src/index.js'
import { connectAgent, Project } from './gateway.js'

let project: Project
const clients: Client[] = []
beforeEach(() => {
  project = new Project()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await project.remove()
})

async function open(options: Partial<LokiToolsOptions> = {}): Promise<Client> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  await serveTools(
    { projectDir: project.dir, audit: project.audit, env: { HOME: project.dir }, ...options },
    { stdin, stdout },
  )
  const client = await connectAgent({ toAgent: stdout, toServer: stdin })
  clients.push(client)
  return client
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { isError, structuredContent, content } = await client.callTool({ name, arguments: args })
  return { isError, facts: structuredContent, text: content.map((one) => (one.type === 'text' ? one.text : '')).join() }
}

const action = (fields: Partial<Action> = {}): Action => ({
  ...{ kind: 'command', session: 'ses-1', agent: 'main', host: 'claude', tool: 'Bash' },
  ...{ cwd: project.dir, projectDir: project.dir, command: 'shred notes.txt' },
  ...fields,
})
const guard = (dir: string, audit = project.audit) =>
  openGuard({ projectDir: dir, audit, enabled: true, env: { LOKI_BLOCKED_COMMANDS: 'shred', HOME: dir } })

describe('Loki’s tools for agents', () => {
  it('are four, and say of themselves that they change nothing', async () => {
    const { tools } = await (await open()).listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'loki_status',
      'loki_explain_denial',
      'loki_check',
      'loki_request_approval',
    ])
    expect(tools.slice(0, 3).every(({ annotations }) => annotations?.readOnlyHint)).toBe(true)
  })

  it('refuse input that they do not know', async () => {
    const client = await open()
    expect((await call(client, 'loki_check', {})).text).toContain('exactly one')
    expect((await call(client, 'loki_check', { command: 'ls', url: 'https://a.example' })).isError).toBe(true)
    expect((await call(client, 'loki_check', { command: 3 })).isError).toBe(true)
    expect((await call(client, 'loki_check', { tool: 'x' })).text).toContain('with its server')
  })
})

describe('loki_explain_denial', () => {
  it('says that there is none, and tells nothing of another project', async () => {
    const client = await open()
    expect((await call(client, 'loki_explain_denial')).text).toContain('No such refusal')
    // One log for two projects, as LOKI_AUDIT_DIR makes it.
    const other = new Project()
    const shared = openAudit({ dir: join(other.dir, 'shared'), enabled: true, env: {} })
    const { seq } = await guard(other.dir, shared).check(action({ cwd: other.dir, projectDir: other.dir }))
    const { facts, isError } = await call(await open({ audit: shared }), 'loki_explain_denial', { seq })
    expect({ facts, isError }).toEqual({ facts: undefined, isError: true })
    await shared.close()
    await other.remove()
  })

  it('gives reason, rule and suggestion, of the last refusal or one that is named', async () => {
    const client = await open()
    const first = await guard(project.dir).check(action())
    await guard(project.dir).check(action({ command: 'shred other.txt' }))
    await guard(project.dir).check(action({ command: 'ls' }))
    expect((await call(client, 'loki_explain_denial')).facts).toMatchObject({ action: 'shred other.txt' })
    const { facts } = await call(client, 'loki_explain_denial', { seq: first.seq })
    expect(facts).toMatchObject({ seq: first.seq, decision: 'DENY', reason: first.reason, rule: first.rule })
    expect((await call(client, 'loki_explain_denial', { digest: first.digest })).facts).toEqual(facts)
    expect((await call(client, 'loki_explain_denial', { digest: 'sha256:0' })).isError).toBe(true)
  })
})

describe('loki_check', () => {
  it('decides as the guard would, and records nothing', async () => {
    const client = await open({ env: { LOKI_BLOCKED_COMMANDS: 'shred', HOME: project.dir } })
    expect((await call(client, 'loki_check', { command: 'shred x' })).facts).toMatchObject({ decision: 'DENY' })
    expect((await call(client, 'loki_check', { command: 'ls' })).facts).toMatchObject({ decision: 'ALLOW' })
    expect((await call(client, 'loki_check', { path: 'notes.txt' })).facts).toMatchObject({ decision: 'ALLOW' })
    expect((await call(client, 'loki_check', { tool: 'echo', server: 'gov' })).facts).toMatchObject({
      decision: 'ALLOW',
    })
    expect(await project.records('action.decided')).toEqual([])
  })
})

describe('loki_status', () => {
  it('knows whether the session was paused, and leaves out what nobody measured', async () => {
    mkdirSync(join(project.dir, '.loki'), { recursive: true })
    const env = { HOME: project.dir, LOKI_SESSION_ID: 'ses-1' }
    const client = await open({ env, facts: () => Promise.resolve({ budget: undefined }) })
    const { facts } = await call(client, 'loki_status')
    expect(facts).toEqual({ project: project.dir, session: 'ses-1', state: 'running', recorded: true })
    writeControl(project.dir, 'ses-1', 'pause', 'cli:test')
    expect((await call(client, 'loki_status')).facts).toMatchObject({ state: 'paused' })
  })
})

describe('loki_request_approval', () => {
  it('says honestly that nobody can be asked', async () => {
    const { isError, text } = await call(await open(), 'loki_request_approval', { what: 'push', why: 'done' })
    expect(isError).toBe(true)
    expect(text).toContain('no approver is configured')
  })

  it('puts the question where there is somebody', async () => {
    const ask: LokiToolsOptions['ask'] = ({ what }) => Promise.resolve({ status: 'pending', id: `q-${what}` })
    const { facts } = await call(await open({ ask }), 'loki_request_approval', { what: 'push', why: 'done' })
    expect(facts).toEqual({ status: 'pending', id: 'q-push' })
  })
})
