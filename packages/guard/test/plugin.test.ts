import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerHookCall, installHooks } from '../src/index.js'
import { makeProject } from './project.js'

const FOLDER = join(import.meta.dirname, 'conformance')
const CWD = '/home/dev/project'
type Captured = { readonly hook: string; readonly args: readonly Record<string, unknown>[] }
type Hooks = Readonly<Record<string, (...args: readonly unknown[]) => Promise<void>>>
const EXPECTED = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<
  string,
  Readonly<Record<string, unknown>> & { readonly record?: Readonly<Record<string, unknown>> }
> // our own file
const TOKEN = ['ghp', 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY1zA3'].join('_')

const project = makeProject()
const asked = join(project.root, 'asked.json')
const answered = join(project.root, 'answer.json')
let hooks: Hooks

/** What the plugin's program is asked last. */
const question = (): string => readFileSync(asked, 'utf8')
const willSay = (answer: unknown): void => {
  writeFileSync(answered, typeof answer === 'string' ? answer : JSON.stringify(answer))
}

/** Loads a plugin that was installed to call a program of the given body, and opencode's arguments for it. */
async function plugin(body: string, directory: string = project.dir): Promise<Hooks> {
  const program = join(project.root, `program-${String(Math.random()).slice(2)}.mjs`)
  writeFileSync(program, body)
  const dir = join(project.root, String(Math.random()).slice(2))
  mkdirSync(dir)
  const { file } = installHooks('opencode', {
    projectDir: dir,
    env: project.env,
    scope: 'project',
    hookCommand: [process.execPath, program],
  })
  const { Loki } = (await import(pathToFileURL(file).href)) as { Loki: (at: { directory: string }) => Promise<Hooks> } // ours
  return Loki({ directory })
}

beforeAll(async () => {
  hooks = await plugin(
    `import { readFileSync, writeFileSync } from 'node:fs'
     writeFileSync(${JSON.stringify(asked)}, readFileSync(0))
     process.stdout.write(readFileSync(${JSON.stringify(answered)}))`,
    CWD,
  )
  await hooks.config?.({ mcp: { gov: {}, go: {} } })
})
afterAll(() => project.remove())

describe('what opencode really told the plugin', () => {
  for (const file of readdirSync(join(FOLDER, 'opencode'))) {
    test(`${file} reaches the guard as what it is`, async () => {
      const { hook, args } = JSON.parse(readFileSync(join(FOLDER, 'opencode', file), 'utf8')) as Captured // captured
      const { record, ...action } = EXPECTED[`opencode/${file}`] ?? {}
      willSay({ decision: 'allow' })
      await hooks[hook]?.(...args)
      project.seen.length = 0
      const answer = await answerHookCall(
        { host: 'opencode', input: question(), cwd: CWD, env: {} },
        () => project.guard,
      )
      expect(answer).toEqual({ stdout: '{"decision":"allow"}', stderr: '', exitCode: 0 })
      if (hook === 'tool.execute.before') {
        expect(project.seen.map((seen) => seen.action)).toEqual([
          expect.objectContaining({ host: 'opencode', cwd: CWD, projectDir: CWD, ...action }),
        ])
      } else if (hook === 'tool.execute.after') {
        expect(record, 'listed in expected.json').toBeDefined()
        expect((await project.entries()).at(-1)).toMatchObject({
          what: 'action.finished',
          metadata: { host: 'opencode', kind: action.kind, ...record },
        })
      }
    })
  }

  test('the call of a sub-agent is named as one of its parent’s session', async () => {
    willSay({ decision: 'allow' })
    await hooks.event?.({
      event: { type: 'session.created', properties: { info: { id: 'ses_child', parentID: 'ses_root' } } },
    })
    await hooks['tool.execute.before']?.(
      { tool: 'bash', sessionID: 'ses_child', callID: 'c' },
      { args: { command: 'ls' } },
    )
    expect(JSON.parse(question())).toMatchObject({ session_id: 'ses_root', agent_id: 'ses_child' })
  })
})

describe('the plugin throws, which keeps the call from running,', () => {
  const call = (of: Hooks): Promise<void> | undefined =>
    of['tool.execute.before']?.({ tool: 'bash', sessionID: 's', callID: 'c' }, { args: { command: 'ls' } })

  test('when the guard denies, with its reason', async () => {
    willSay({ decision: 'deny', reason: 'Denied by policy: no.' })
    await expect(call(hooks)).rejects.toThrow('Denied by policy: no.')
  })
  test.each([
    ['says nothing', ''],
    ['says what is no JSON', 'not json'],
    ['says null', 'null'],
    ['says {}', '{}'],
    ['says something else', '{"decision":"allowed"}'],
  ])('when its program %s', async (_, said) => {
    willSay(said)
    await expect(call(hooks)).rejects.toThrow(/^Loki: /)
  })
  test('when its program fails, is killed or is not there', async () => {
    await expect(call(await plugin('process.exit(1)'))).rejects.toThrow('ended with 1')
    await expect(call(await plugin('process.kill(process.pid, "SIGKILL")'))).rejects.toThrow(/^Loki: /)
    await expect(call(await plugin('console.error("Loki: too large"); process.exit(2)'))).rejects.toThrow('too large')
    await expect(call(await plugin('import "./nothing.mjs"'))).rejects.toThrow(/^Loki: /)
  })
})

describe('with the plugin', () => {
  test('a prompt that is refused is not sent, and one written by the model for its sub-agent is not asked about', async () => {
    willSay({ decision: 'deny', reason: 'Loki: the prompt was not sent' })
    const parts = [{ type: 'text', text: `use ${TOKEN}` }, { type: 'file' }]
    await expect(hooks['chat.message']?.({ sessionID: 'ses_root' }, { parts })).rejects.toThrow('was not sent')
    expect(JSON.parse(question())).toMatchObject({ hook_event_name: 'chat.message', prompt: `use ${TOKEN}` })
    await hooks['chat.message']?.({ sessionID: 'ses_child' }, { parts })
  })

  test('a secret in what a tool says is replaced before the model sees it, of MCP tools too', async () => {
    const decide = async (...args: readonly unknown[]): Promise<void> => {
      willSay({ decision: 'allow' })
      await hooks['tool.execute.after']?.(...(structuredClone(args) as unknown[]))
      const call = { host: 'opencode', input: question(), cwd: CWD, env: {} }
      willSay((await answerHookCall(call, () => project.guard)).stdout)
      await hooks['tool.execute.after']?.(...args)
    }
    const shell = { title: 'cat', output: `key ${TOKEN}\nend`, metadata: { output: `key ${TOKEN}\nend`, exit: 0 } }
    await decide({ tool: 'bash', sessionID: 's', callID: 'c', args: { command: 'cat .env' } }, shell)
    expect(JSON.stringify(shell)).not.toContain(TOKEN)
    expect(shell.output).toMatch(/^key \[github[a-z_]*:[0-9a-f]{12}\]\nend$/)
    expect(shell.metadata).toEqual({ output: shell.output, exit: 0 })
    const mcp = { content: [{ type: 'text', text: `key ${TOKEN}` }] }
    await decide({ tool: 'gov_echo', sessionID: 's', callID: 'c', args: {} }, mcp)
    expect(mcp).toEqual({ content: [{ type: 'text', text: expect.stringMatching(/^key \[github/) as string }] })
  })

  test('a result that cannot be looked through is kept from the model', async () => {
    const failing = await plugin('process.exit(1)')
    await expect(
      failing['tool.execute.after']?.({ tool: 'bash', sessionID: 's', callID: 'c', args: {} }, { output: 'x' }),
    ).rejects.toThrow(/^Loki: /)
  })
})
