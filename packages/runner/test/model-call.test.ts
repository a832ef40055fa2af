import { chmodSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeProject, type TestProject } from './project.js'

let project: TestProject
beforeEach(() => {
  project = makeProject({
    '.loki/policies.yaml':
      'policies:\n  resource:\n    - name: budget\n      max_tokens: 1000\n      on_exceed: shutdown\n',
  })
})
afterEach(async () => {
  await project.remove()
})

/** A stand-in for the CLI that uses 600 tokens a turn and says so the way Claude Code does. */
function installClaude(usage: Record<string, number> | undefined): NodeJS.ProcessEnv {
  const result = {
    type: 'result',
    subtype: 'success',
    is_error: false,
    result: 'ok',
    ...(usage === undefined ? {} : { usage }),
  }
  const file = project.write(
    'bin/claude',
    `#!/bin/sh\necho turn >> "$HOME/turns"\ncat > /dev/null\necho '${JSON.stringify(result)}'\n`,
  )
  chmodSync(file, 0o755)
  return { ...project.env, PATH: `${project.path('bin')}:${project.env.PATH ?? ''}` }
}

test('a session that has used up its tokens calls the model no more', async () => {
  const env = installClaude({ input_tokens: 500, output_tokens: 100 })
  const result = await project.start({ provider: 'claude', env })
  expect(result).toMatchObject({ status: 'failed', usage: { input: 1000, output: 200 } })
  expect(result.reason).toContain('1200 of 1000 tokens are used')
  expect(project.read('turns')).toBe('turn\nturn\n')
  const calls = (await project.entries()).filter(({ metadata }) => metadata?.kind === 'model_call')
  expect(calls.map(({ metadata }) => [metadata?.decision, metadata?.tokens_used])).toEqual([
    ['ALLOW', 0],
    ['ALLOW', 600],
    ['DENY', 1200],
  ])
})

test('where a turn was not measured, a limit on tokens lets no further turn begin', async () => {
  const result = await project.start({ provider: 'claude', env: installClaude(undefined) })
  expect(result.status).toBe('failed')
  expect(result.reason).toMatch(/how many tokens were used/)
  expect(project.read('turns')).toBe('turn\n')
  expect(result).not.toHaveProperty('usage')
})

test('a provider whose model may run elsewhere is not called where only some regions are allowed', async () => {
  project.write('.loki/residency.json', '{ "allowed_regions": ["eu-west-1"] }')
  const env = installClaude({ input_tokens: 1, output_tokens: 1 })
  const elsewhere = await project.start({ provider: 'claude', env })
  expect(elsewhere).toMatchObject({ status: 'failed', reason: expect.stringMatching(/region/) as string })
  expect(() => project.read('turns')).toThrow()
  const cloud = { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: 'us-east-1' }
  expect((await project.start({ provider: 'claude', env: { ...env, ...cloud } })).status).toBe('failed')
  const inside = { ...env, LOKI_PROVIDER_REGION: 'eu-west-1' }
  expect((await project.start({ provider: 'claude', env: inside })).status).toBe('completed')
})

test('a provider that policy does not list is not called', async () => {
  project.write('.loki/policies.yaml', 'policies:\n  resource:\n    - name: approved\n      providers: [codex]\n')
  const result = await project.start({ provider: 'claude', env: installClaude({}) })
  expect(result.status).toBe('failed')
  expect(() => project.read('turns')).toThrow()
  const calls = (await project.entries()).filter(({ metadata }) => metadata?.kind === 'model_call')
  expect(calls).toHaveLength(1) // asking again would change nothing
})

test('a prompt that holds a secret is not sent, and the session says why', async () => {
  const token = ['ghp', 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY1zA3'].join('_')
  project.write('PRD.md', `# Notes\n\n- [ ] Deploy with ${token}\n`)
  const result = await project.start({ provider: 'claude', env: installClaude({}) })
  expect(result.status).toBe('failed')
  expect(result.reason).toMatch(/the prompt was not sent: .*github/)
  expect(() => project.read('turns')).toThrow()
  const refused = (await project.entries()).filter(({ what }) => what === 'prompt.refused')
  expect(refused).toHaveLength(1)
  expect(JSON.stringify(refused)).not.toContain(token)
})
