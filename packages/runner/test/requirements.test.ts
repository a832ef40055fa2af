import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listSessions, type Task } from '../src/index.js'
import { makeProject, type TestProject } from './project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

describe('a document that cannot be read is refused before anything is done', () => {
  const writes = (content: string | Buffer) => (path: string) => {
    writeFileSync(path, content)
  }
  test.each<[string, (path: string) => unknown, string]>([
    ['a missing file', () => undefined, 'there is no such file'],
    ['an empty file', writes(' \n\t\n'), 'it is empty'],
    ['a folder', (path) => mkdirSync(path, { recursive: true }), 'it is a folder'],
    ['a symbolic link', (path) => execFileSync('ln', ['-s', project.path('PRD.md'), path]), 'it is a symbolic link'],
    ['a pipe', (path) => execFileSync('bash', ['-c', `mkfifo "$0"`, path]), 'it is not a regular file'],
    ['more than 1 MiB', writes('x'.repeat(1024 * 1024 + 1)), 'at most 1048576 are read'],
    ['bytes that are not UTF-8', writes(Buffer.from([0x23, 0x20, 0xff])), 'it is not UTF-8'],
    ['201 tasks', writes('- [ ] one\n'.repeat(201)), 'asks for 201 tasks'],
  ])('%s', async (_name, make, message) => {
    make(project.path('bad.md'))
    const started = project.start({ prd: 'bad.md' })
    await expect(started).rejects.toMatchObject({ name: 'RunnerError', code: 'BAD_PRD' })
    await expect(started).rejects.toThrow(message)
    expect(listSessions(project.dir)).toEqual([])
    expect(existsSync(project.path('.loki', 'sessions'))).toBe(false)
  })
})

async function tasksOf(markdown: string): Promise<readonly Task[]> {
  project.write('PRD.md', markdown)
  const { tasks } = await project.start({})
  return tasks
}

test('checklist items become tasks, nested ones with where they belong, and checked ones are done', async () => {
  const tasks = await tasksOf(
    [
      '# Shop',
      '- not a task',
      '## Sign-in',
      '1. [ ] Make the **login** `form`',
      '',
      '   It has two fields.',
      '   - [x] markup',
      '   - plain note',
      '   - [ ] checks',
      '```',
      '- [ ] not a task either',
      '```',
    ].join('\n'),
  )
  expect(tasks).toMatchObject([
    { id: 't1', title: 'Make the login form', status: 'completed', iterations: 1, tests: 'unmeasured' },
    { id: 't2', title: 'markup', status: 'completed' },
    { id: 't3', title: 'checks', status: 'completed', description: 'Part of: Sign-in / Make the login form' },
  ])
  expect(tasks[0]?.description).toBe('Part of: Sign-in\n\nIt has two fields.')
  expect(tasks[1]).not.toHaveProperty('iterations')
})

test('without a checklist the second-level headings are the tasks, with their text', async () => {
  const tasks = await tasksOf(
    '# Shop\n\nIntro.\n\n## Sign *in*\n\nA form.\n\n### Fields\n\nTwo.\n\n# Other\n\nNo.\n\n## Pay\n',
  )
  expect(tasks.map(({ title, description }) => ({ title, description }))).toEqual([
    { title: 'Sign in', description: 'A form.\n\n### Fields\n\nTwo.' },
    { title: 'Pay', description: '' },
  ])
})

test('a document with neither is one task', async () => {
  const [task, ...others] = await tasksOf('Make the sum right.\nPlease.\n')
  expect(others).toEqual([])
  expect(task).toMatchObject({ title: 'Make the sum right.', description: 'Make the sum right.\nPlease.' })
})

test('a document whose items are all checked is a session that completes without an agent', async () => {
  project.write('PRD.md', '- [x] done\n')
  await expect(project.start({ command: ['false'] })).resolves.toMatchObject({ status: 'completed' })
  expect(project.decisions).toEqual([])
})
