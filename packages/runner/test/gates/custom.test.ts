import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSession } from '../../src/index.js'
import { makeProject, type TestProject } from '../project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

test.each<[string, string, string]>([
  ['exit code 1 is a failure', 'echo "two files without a licence"; exit 1', 'the checks of licence-check failed'],
  ['any other says that it could not look', 'exit 2', 'could not be run: exit code 2, expected 0 or 1'],
  ['a program that is missing could not look', 'no-such-program', 'could not be run: exit code 127'],
  ['one that was ended did not pass', 'kill -9 $$', 'signal SIGKILL'],
  ['one that policy denies was not run', 'git push origin main', 'were not let run'],
])('%s', async (_name, command, reason) => {
  const env = { ...project.env, GATE_CUSTOM_LICENCE_CHECK: command }
  const result = await project.start({ env, maxIterations: 1 })
  expect(result).toMatchObject({ status: 'failed', tasks: [{ gates: { 'licence-check': 'failed' } }] })
  expect(result.reason).toContain(reason)
})

test('all gates that failed are told to the next iteration, each with what it printed', async () => {
  const env = { ...project.env, GATE_CUSTOM_A: 'echo first thing; exit 1', GATE_CUSTOM_B: 'echo second thing; exit 1' }
  project.write('agent.sh', 'cat > prompt.$LOKI_ITERATION.$LOKI_PHASE')
  await project.start({ env, maxIterations: 2, command: ['bash', 'agent.sh'] })
  const prompt = project.read('prompt.2.REASON')
  expect(prompt).toContain('first thing')
  expect(prompt).toContain('second thing')
})

test('a gate that first fails and then passes is on the record both times, with the digest of its output', async () => {
  const env = { ...project.env, GATE_CUSTOM_READY: 'if [ -e ready ]; then echo yes; else echo no; exit 1; fi' }
  const result = await project.start({
    env,
    command: ['bash', '-c', 'if [ $LOKI_ITERATION = 2 ] && [ $LOKI_PHASE = ACT ]; then touch ready; fi'],
  })
  expect(result).toMatchObject({ status: 'completed', tasks: [{ iterations: 2, gates: { ready: 'passed' } }] })
  expect(readSession(project.dir, result.id).passedGates).toEqual(['security-scan', 'ready'])
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
  const records = (await project.entries()).filter(({ metadata }) => metadata?.gate === 'ready')
  expect(records.map(({ what, metadata }) => [what, metadata?.exit_code, metadata?.output_sha256])).toEqual([
    ['gate.failed', 1, digest('no\n')],
    ['gate.passed', 0, digest('yes\n')],
  ])
})

test('while an agent works, no gate counts as passed', async () => {
  project.write('PRD.md', '- [ ] one\n- [ ] two\n')
  project.write('agent.sh', 'cp .loki/sessions/$LOKI_SESSION_ID/session.json seen.$LOKI_TASK_ID')
  await project.start({ command: ['bash', 'agent.sh'] })
  expect(project.read('seen.t2')).toContain('"status": "completed"')
  expect(project.read('seen.t2')).not.toContain('passedGates')
})
