import { afterEach, beforeEach, expect, test } from 'vitest'
import { listSessions, readSession } from '../src/index.js'
import { makeProject, type TestProject } from './project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

const bad = expect.objectContaining({ code: 'BAD_STATE' }) as Error

test.each([
  ['torn', (text: string) => text.slice(0, text.length / 2), /it is not JSON/],
  ['a list', () => '[]', /not a JSON object/],
  ['of another version', (text: string) => text.replace('"version": 1', '"version": 2'), /field "version"/],
  ['with an unknown status', (text: string) => text.replace('"completed"', '"well"'), /field "status"/],
  ['without a pid', (text: string) => text.replace('"pid"', '"pids"'), /field "pid"/],
])('a state that is %s is an error that names the file, and stops a new session', async (_name, damage, message) => {
  const { id } = await project.start({})
  const name = `.loki/sessions/${id}/session.json`
  const damaged = damage(project.read(name))
  project.write(name, damaged)
  expect(() => readSession(project.dir, id)).toThrow(bad)
  expect(() => readSession(project.dir, id)).toThrow(message)
  expect(() => listSessions(project.dir)).toThrow(project.path(name))
  await expect(project.start({})).rejects.toMatchObject({ code: 'BAD_STATE' })
  expect(project.read(name)).toBe(damaged)
})

test('a process that only has the pid of a dead runner does not keep its session alive', async () => {
  const { id } = await project.start({})
  const name = `.loki/sessions/${id}/session.json`
  const state = JSON.parse(project.read(name)) as Record<string, unknown>
  project.write(name, JSON.stringify({ ...state, status: 'running', pid: 1, processStart: 'boot:1' }))
  expect(readSession(project.dir, id)).toMatchObject({ status: 'failed', live: false })
})

test('sessions are listed with the newest first', async () => {
  expect(listSessions(project.dir)).toEqual([])
  const first = await project.start({ now: () => new Date('2026-01-02T03:04:05Z') })
  const second = await project.start({ now: () => new Date('2026-01-02T03:04:06Z') })
  expect(first.id).toMatch(/^ses-20260102T030405Z-[0-9a-f]{6}$/)
  expect(listSessions(project.dir).map(({ id }) => id)).toEqual([second.id, first.id])
})
