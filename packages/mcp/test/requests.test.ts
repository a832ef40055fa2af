import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, Project, secret } from './gateway.js'

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

const full = { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } }
const said = { role: 'assistant' as const, model: 'm', content: { type: 'text' as const, text: `it is ${secret}` } }

describe('a server that asks for the agent’s model', () => {
  it('is told that nobody answers, unless a person allowed it', async () => {
    const gateway = await project.open({
      capabilities: full,
      prepare: (client) => {
        client.setRequestHandler('sampling/createMessage', () => said)
      },
    })
    expect(await gateway.text('model')).toMatch(/^refused: /)
  })

  it('where it may: the question is decided on, and neither it nor the answer has a secret', async () => {
    const asked: string[] = []
    const gateway = await project.open({
      sampling: true,
      capabilities: full,
      prepare: (client) => {
        client.setRequestHandler('sampling/createMessage', ({ params }) => {
          asked.push(JSON.stringify(params))
          return said
        })
      },
    })
    // A question that holds a secret is denied by the rules for data; this one is.
    const answer = await gateway.text('model')
    expect(answer).not.toContain(secret)
    expect(asked.join()).not.toContain(secret)
    const tools = (await project.records('action.decided')).map(({ metadata }) => metadata?.tool)
    expect(tools).toContain('mcp__gov__sampling/createMessage')
  })
})

describe('a server that asks a person', () => {
  it('is not given an answer that holds a secret', async () => {
    const gateway = await project.open({
      capabilities: full,
      servers: [{ ...project.server('gov'), env: { TEST_SECRET: 'please' } }],
      prepare: (client) => {
        client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { word: secret } }))
      },
    })
    expect(await gateway.text('person')).toBe('{"action":"decline"}')
    expect(project.notices.join('\n')).toContain('was not given a person’s answer')
  })

  it('is given any other', async () => {
    const gateway = await project.open({
      capabilities: full,
      servers: [{ ...project.server('gov'), env: { TEST_SECRET: 'please' } }],
      prepare: (client) => {
        client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { word: 'tree' } }))
      },
    })
    expect(JSON.parse(await gateway.text('person'))).toEqual({ action: 'accept', content: { word: 'tree' } })
  })

  it('of an agent that has nobody to ask is told so', async () => {
    const gateway = await project.open()
    expect(await gateway.text('person')).toMatch(/^refused: /)
    expect(await gateway.text('roots')).toMatch(/^refused: /)
  })
})

describe('the rest of the protocol', () => {
  it('is that of 2025 for an agent that would speak a newer one', async () => {
    const gateway = await project.open({ newer: true })
    expect(gateway.client.getNegotiatedProtocolVersion()).toMatch(/^2025-/)
    expect(await gateway.text('echo', { text: 'x' })).toBe('echo x')
  })

  it('passes on the roots of the agent and the messages of the server', async () => {
    const logged: unknown[] = []
    const gateway = await project.open({
      capabilities: full,
      prepare: (client) => {
        client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home/dev/shop' }] }))
        client.setNotificationHandler('notifications/message', ({ params }) => {
          logged.push(params)
        })
      },
    })
    expect(await gateway.text('roots')).toBe('{"roots":[{"uri":"file:///home/dev/shop"}]}')
    await gateway.client.request({ method: 'logging/setLevel', params: { level: 'info' } })
    await gateway.call('log')
    await eventually(() => logged.length === 1)
    expect(JSON.stringify(logged)).toMatch(/"gov\/own".*saw \[github_|saw \[github_.*"gov\/own"/)
  })

  it('reads resources after a verdict and without secrets', async () => {
    const updated: string[] = []
    const gateway = await project.open({
      prepare: (client) => {
        client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
          updated.push(params.uri)
        })
      },
    })
    const { client } = gateway
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain('notes://one')
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(1)
    const read = await client.readResource({ uri: 'notes://one' })
    expect(JSON.stringify(read)).toMatch(/note notes:\/\/one \[github_/)
    await client.request({ method: 'resources/subscribe', params: { uri: 'notes://two' } })
    await eventually(() => updated.length === 1)
    expect((await project.records('action.decided')).map(({ metadata }) => metadata?.tool)).toEqual([
      'mcp__gov__resources/read',
      'mcp__gov__resources/subscribe',
    ])
  })

  it('refuses a resource that a rule denies, by an error that says why', async () => {
    const gateway = await project.open({ env: { LOKI_ALLOWED_PATHS: project.dir } })
    await expect(gateway.client.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(/Denied by policy/)
  })

  it('gives prompts without secrets, and completes their arguments', async () => {
    const { client } = await project.open({ servers: [project.server('one'), project.server('two')] })
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['one__review', 'two__review'])
    const prompt = await client.getPrompt({ name: 'two__review', arguments: { of: 'main.ts' } })
    expect(JSON.stringify(prompt)).toMatch(/review main.ts \[github_/)
    const ref = { type: 'ref/prompt' as const, name: 'one__review' }
    const { completion } = await client.complete({ ref, argument: { name: 'of', value: 'ma' } })
    expect(completion.values).toEqual(['ma-done'])
    await expect(client.getPrompt({ name: 'review' })).rejects.toThrow(/no prompt/)
  })

  it('shows a resource of two servers once, as that of the first', async () => {
    const { client } = await project.open({ servers: [project.server('one'), project.server('two')] })
    expect((await client.listResources()).resources).toHaveLength(2)
    await client.readResource({ uri: 'notes://one' })
    expect(await project.records('action.decided')).toMatchObject([{ metadata: { server: 'one' } }])
  })
})
