import { describe, expect, it } from 'vitest'
import { agentFields, agentFieldsOf } from '../../src/index.js'
import type { AgentFields, AgentFinding, JsonObject } from '../../src/index.js'
import { render } from '../../src/forward/index.js'
import { openLog, parse, temporary, linesOf } from '../folder.js'

const ALL: AgentFields = {
  taskId: 't1',
  phase: 'VERIFY',
  agent: 'main',
  swarm: 'review',
  provider: 'claude',
  model: 'opus',
  tokens: { in: 1200, out: 0 },
  durationMs: 12.5,
  result: 'success',
  findings: [{ kind: 'email', category: 'pii', severity: 'low', rule: 'no-pii', fingerprint: 'ab12' }],
}

describe('what cannot be meant is refused', () => {
  const finding: AgentFinding = { kind: 'email' }
  it.each([
    ['an empty text', { agent: '' }, /agent/],
    ['a text that is too long', { taskId: 'x'.repeat(257) }, /taskId/],
    ['tokens below zero', { tokens: { in: -1 } }, /tokens\.in/],
    ['half a token', { tokens: { out: 0.5 } }, /tokens\.out/],
    ['tokens that are no number', { tokens: { in: '5' as unknown as number } }, /tokens\.in/],
    ['a time below zero', { durationMs: -1 }, /durationMs/],
    ['no time at all', { durationMs: Number.NaN }, /durationMs/],
    ['a result that is none', { result: 'ok' as 'success' }, /result/],
    ['a severity that is none', { findings: [{ kind: 'x', severity: 'bad' as 'low' }] }, /findings\.0\.severity/],
    ['a finding of nothing', { findings: [{} as AgentFinding] }, /findings\.0\.kind/],
    ['too many findings', { findings: Array.from({ length: 65 }, () => finding) }, /at most 64/],
    ['a name that is none', { task_id: 't1' } as AgentFields, /task_id/],
  ])('%s', (_, fields, message) => {
    expect(() => agentFields(fields)).toThrow(message)
    expect(() => agentFields(fields)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }) as Error)
  })
})

it('gives the fields the names that the log has for them', () => {
  expect(agentFields(ALL)).toEqual({
    task_id: 't1',
    phase: 'VERIFY',
    agent: 'main',
    swarm: 'review',
    provider: 'claude',
    model: 'opus',
    tokens: { in: 1200, out: 0 },
    duration_ms: 12.5,
    result: 'success',
    findings: [{ kind: 'email', category: 'pii', severity: 'low', rule: 'no-pii', fingerprint: 'ab12' }],
  })
})

it('leaves out what was not measured, and never makes a zero of it', () => {
  expect(agentFields({})).toEqual({})
  expect(agentFields({ agent: undefined, tokens: { in: 5, out: undefined }, durationMs: undefined })).toEqual({
    tokens: { in: 5 },
  })
})

it('reads them back out of an entry', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'agent:claude/s', what: 'task.finished', metadata: { ...agentFields(ALL), session: 's' } })
  const [entry] = linesOf(dir).map(parse)
  if (entry === undefined) throw new Error('expected an entry')
  expect(agentFieldsOf(entry)).toEqual(ALL)
})

it.each([
  [null, {}],
  [{ agent: 7, tokens: 'many', duration_ms: -1, result: 'perhaps', findings: 'none' }, {}],
  [
    { tokens: { in: 5, out: null }, findings: [1, { kind: 2 }, { kind: 'x', severity: 'bad' }] },
    { tokens: { in: 5 }, findings: [{ kind: 'x' }] },
  ],
] as [JsonObject | null, AgentFields][])('reads what has another form as absent: %j', (metadata, expected) => {
  const entry = { seq: 0, timestamp: '', who: 'a', what: 'b', where: null, why: null, previousHash: '', hash: '' }
  expect(agentFieldsOf({ ...entry, metadata })).toEqual(expected)
})

it('are in what is forwarded, with the units of each format, and absent where they were not measured', () => {
  const entry = { seq: 0, timestamp: '2026-01-31T12:00:00.000Z', who: 'agent:claude/s', what: 'task.finished' }
  const rest = { where: null, why: null, previousHash: 'GENESIS', hash: 'sha256:00' }
  const rendered = (metadata: JsonObject, format: 'ecs' | 'ocsf'): unknown =>
    JSON.parse(render({ entry: { ...entry, ...rest, metadata }, line: '{}' }, format))
  expect(rendered(agentFields(ALL), 'ecs')).toMatchObject({
    event: { duration: 12_500_000 },
    loki: { task_id: 't1', phase: 'VERIFY', agent: 'main', tokens_in: 1200, tokens_out: 0, findings: ['email'] },
  })
  expect(rendered(agentFields(ALL), 'ocsf')).toMatchObject({
    duration: 13,
    unmapped: { agent: { task_id: 't1', tokens_in: 1200, tokens_out: 0, result: 'success' } },
  })
  expect(rendered({}, 'ecs')).not.toHaveProperty('event.duration')
  expect(rendered({}, 'ecs')).not.toHaveProperty('loki.tokens_in')
  expect(rendered({}, 'ocsf')).not.toHaveProperty('unmapped.agent')
})
