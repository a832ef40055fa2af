import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Place } from './loki.js'

const place = new Place()
const key = ['AKIA', 'Z5QM', '7WXK', 'P2LD', 'R4TV'].join('')

beforeAll(() => {
  mkdirSync(join(place.project, '.loki'))
  writeFileSync(
    join(place.project, '.loki', 'policies.yaml'),
    `policies:
  pre_execution:
    - name: stay
      rule: file_path must start with project_dir
      action: deny
  data:
    - name: no-secrets
      type: secret_detection
      action: deny
`,
  )
  writeFileSync(join(place.project, 'key.txt'), `aws_access_key_id = ${key}\n`)
})
afterAll(() => place.remove())

describe('loki policy test', () => {
  it.each([
    ['denies a removal of everything', ['--command', 'rm -rf /'], 3],
    ['denies it in a disguise', ['--command', 'r\\m -fr "/"'], 3],
    ['denies it encoded', ['--command', `eval "$(echo ${Buffer.from('rm -rf /').toString('base64')} | base64 -d)"`], 3],
    ['denies a write outside the project', ['--file', '../notes.txt'], 3],
    ['denies a write beside the project, with its name in front', ['--file', '../project-2/a.txt'], 3],
    ['denies a file with a secret', ['--file', 'a.txt', '--content-from', 'key.txt'], 3],
    ['denies a change of its own rules', ['--file', '.loki/policies.yaml'], 3],
    ['asks about what cannot be known before it runs', ['--command', '$(cat tool.txt) --all'], 4],
    ['allows a test run', ['--command', 'npm test'], 0],
    ['allows words that only look dangerous', ['--command', 'echo "rm -rf /"'], 0],
    ['allows a file of the project', ['--file', 'src/a.ts'], 0],
  ] as const)('%s', async (_, args, expected) => {
    const json = await place.loki(['policy', 'test', ...args, '--json'])
    const answer = JSON.parse(json.stdout) as { decision: string; reason: string }
    expect(answer.decision, answer.reason).toBe({ 0: 'ALLOW', 3: 'DENY', 4: 'REQUIRE_APPROVAL' }[expected])
    expect(answer.reason).not.toBe('')
    expect(json.code).toBe(expected)
  })

  it('tells people the reason, the rule and what to do instead, and never the secret', async () => {
    const { stdout, code } = await place.loki(['policy', 'test', '--file', 'a.txt', '--content-from', '-'], {
      input: `key = ${key}\n`,
    })
    expect(stdout).toMatch(/^denied {2}\S/)
    expect(stdout).toMatch(/\n {2}rule no-secrets \(.*policies\.yaml:\d+:\d+\)/)
    expect(stdout).toMatch(/\n {2}instead: \S/)
    expect(stdout).not.toContain(key)
    expect(code).toBe(3)
  })

  it('records nothing', async () => {
    await place.loki(['policy', 'test', '--command', 'ls'])
    expect((await place.loki(['audit', 'count'])).stdout).toBe('0\n')
  })

  it('obeys the variables of policies', async () => {
    const args = ['policy', 'test', '--command', 'git push origin HEAD:main']
    expect((await place.loki(args, { env: { SCOPE_DENIED_BRANCHES: 'main' } })).code).toBe(3)
    expect((await place.loki(args)).code).toBe(0)
  })
})

describe('loki policy check', () => {
  it('names every problem by line and column, and ends with 1', async () => {
    const draft = join(place.root, 'draft.yaml')
    writeFileSync(draft, 'policies:\n  pre_execution:\n    - rule: agents must be nice\n      action: deny\n')
    const { code, stdout } = await place.loki(['policy', 'check', draft])
    expect(stdout).toMatch(/draft\.yaml:3:\d+ {2}\S/)
    expect(code).toBe(1)
    const json = await place.loki(['policy', 'check', draft, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: false, problems: [{ line: 3 }] })
  })

  it('says which file is in force', async () => {
    const { code, stdout } = await place.loki(['policy', 'check'])
    expect(stdout).toContain(join('.loki', 'policies.yaml'))
    expect(code).toBe(0)
  })
})
