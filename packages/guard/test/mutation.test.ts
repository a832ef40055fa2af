import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { answerHookCall } from '../src/index.js'
import { makeProject } from './project.js'

const FOLDER = join(import.meta.dirname, 'conformance')
const ROUNDS = 400
const project = makeProject()
afterAll(() => project.remove())

/** A reproducible source of numbers in [0, 1) (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const STRANGE: readonly unknown[] = [
  null,
  0,
  -1,
  '',
  'x',
  [],
  {},
  [[]],
  true,
  '\u0000',
  '/',
  '../..',
  { command: 'ls' },
  ['a', 1],
]

/** The value with one field, somewhere in it, removed or made into something that no host sends. */
function mutated(value: unknown, random: () => number): unknown {
  if (typeof value !== 'object' || value === null || random() < 0.1)
    return STRANGE[Math.floor(random() * STRANGE.length)]
  const entries = Object.entries(value)
  const chosen = Math.floor(random() * entries.length)
  const changed = entries.flatMap(([key, inner], index): [string, unknown][] => {
    if (index !== chosen) return [[key, inner]]
    return random() < 0.2 ? [] : [[key, mutated(inner, random)]]
  })
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed)
}

test.each(['claude', 'codex', 'gemini', 'copilot'])(
  'whatever becomes of an input of %s, silence means that a verdict allowed it',
  async (host) => {
    const binding = host === 'gemini' ? 'BeforeTool' : host === 'copilot' ? 'preToolUse' : 'PreToolUse'
    const event = host === 'copilot' ? binding : undefined
    const files = readdirSync(join(FOLDER, host)).filter((file) => file.startsWith(`${binding}.`))
    const random = randomFrom(20)
    for (let round = 0; round < ROUNDS; round += 1) {
      const file = files[round % files.length] ?? ''
      let input = JSON.parse(readFileSync(join(FOLDER, host, file), 'utf8')) as unknown
      for (let times = 0; times <= round % 3; times += 1) input = mutated(input, random)
      const text = JSON.stringify(input)
      project.seen.length = 0
      const answer = await answerHookCall({ host, event, input: text, cwd: project.dir, env: {} }, () => project.guard)
      const silent = answer.exitCode === 0 && answer.stdout === ''
      const stillBinding = event !== undefined || text.includes(`"hook_event_name":"${binding}"`)
      if (silent && stillBinding)
        expect(
          project.seen.map(({ verdict }) => verdict.decision),
          text,
        ).toEqual(['ALLOW'])
      if (answer.exitCode !== 0)
        expect(answer, text).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^Loki: .+/) as string })
    }
  },
  60_000,
)
