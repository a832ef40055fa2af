import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Place } from './loki.js'

let place: Place
beforeEach(() => {
  place = new Place()
})
afterEach(() => place.remove())

function policy(text: string, name = 'draft.yaml'): string {
  const file = join(place.root, name)
  writeFileSync(file, text)
  return file
}

const PUSH = `policies:
  pre_execution:
    - name: no-push
      command: git push
      action: deny
`

describe('loki policy init', () => {
  it('does not write over a policy that is there, unless told to', async () => {
    mkdirSync(join(place.project, '.loki'))
    const file = join(place.project, '.loki', 'policies.yaml')
    writeFileSync(file, 'pack: strict\n')
    expect(await place.loki(['policy', 'init'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--force/) as string,
    })
    expect(readFileSync(file, 'utf8')).toBe('pack: strict\n')
    expect((await place.loki(['policy', 'init', '--force'])).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toMatch(/^# What agents may do/)
  })

  it('writes a policy that loads, passes its own tests and says no to what it names', async () => {
    const odd = 'release/*'
    const run = await place.loki(['policy', 'init', '--pack', 'strict', '--protect', 'main', '--protect', odd])
    expect(run).toMatchObject({ code: 0, stdout: '' })
    expect(statSync(join(place.project, '.loki', 'policies.yaml')).mode & 0o777).toBe(0o600)
    expect(await place.loki(['policy', 'lint', '--strict'])).toMatchObject({ code: 0 })
    const test = (branch: string) => place.loki(['policy', 'test', '--command', `git push origin HEAD:${branch}`])
    expect(await test('release/1')).toMatchObject({ code: 3, stdout: expect.stringMatching(/pull requests/) as string })
    expect(await test('mine')).toMatchObject({ code: 0 })
  })

  it('only prints with --print', async () => {
    expect(await place.loki(['policy', 'init', '--print'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^# /) as string,
    })
    expect(existsSync(join(place.project, '.loki', 'policies.yaml'))).toBe(false)
  })
})

describe('loki policy lint', () => {
  it('ends with 1 where a policy cannot be used, and names the line', async () => {
    const run = await place.loki(['policy', 'lint', policy('policies:\n  pre_execution:\n    - nam: x\n')])
    expect(run).toMatchObject({ code: 1, stdout: expect.stringMatching(/draft\.yaml:3:\d+/) as string })
  })

  it('remarks on a rule that nothing tests; with --strict that fails', async () => {
    const file = policy(PUSH)
    const { code, stdout } = await place.loki(['policy', 'lint', file, '--json'])
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { warnings: { code: string }[] }).warnings.map((one) => one.code)).toContain(
      'untested',
    )
    expect((await place.loki(['policy', 'lint', file, '--strict'])).code).toBe(1)
  })
})

describe('loki policy explain', () => {
  it('says which rule decided, by which fields, and ends as the decision says', async () => {
    mkdirSync(join(place.project, '.loki'))
    writeFileSync(join(place.project, '.loki', 'policies.yaml'), PUSH)
    const { code, stdout } = await place.loki(['policy', 'explain', '--command', 'cd x && git push', '--json'])
    expect(code).toBe(3)
    const { rules, path } = JSON.parse(stdout) as { rules: object[]; path: string[] }
    expect(rules).toContainEqual(expect.objectContaining({ name: 'no-push', outcome: 'matched' }))
    expect(path.at(-1)).toMatch(/^DENY/)
    const all = await place.loki(['policy', 'explain', '--command', 'ls', '--all', '--json'])
    expect(all.code).toBe(0)
    expect((JSON.parse(all.stdout) as { rules: object[] }).rules.length).toBeGreaterThan(20)
  })

  it('takes one action, not none and not two', async () => {
    expect((await place.loki(['policy', 'explain'])).code).toBe(2)
    expect((await place.loki(['policy', 'explain', '--command', 'ls', '--url', 'https://example.com'])).code).toBe(2)
    expect((await place.loki(['policy', 'test', '--service', 'nonsense'])).code).toBe(2)
    expect((await place.loki(['policy', 'test', '--service', 'github/create_issue'])).code).toBe(0)
  })
})

describe('loki policy diff', () => {
  it('shows what would be in force and what no longer, and ends with 1', async () => {
    const changed = PUSH.replace('action: deny', 'action: require_approval')
    const run = await place.loki(['policy', 'diff', policy(PUSH), policy(changed, 'new.yaml'), '--json'])
    expect(run.code).toBe(1)
    expect((JSON.parse(run.stdout) as { changes: object[] }).changes).toEqual([
      { name: 'no-push', change: 'changed', fields: { action: ['deny', 'require_approval'] } },
    ])
    const added = await place.loki(['policy', 'diff', policy(PUSH)])
    expect(added).toMatchObject({ code: 1, stdout: expect.stringMatching(/^\+ no-push/) as string })
  })

  it('ends with 0 where the same rules are in force, and refuses what cannot be used', async () => {
    expect(await place.loki(['policy', 'diff', policy(PUSH), policy(`${PUSH}# new\n`, 'new.yaml')])).toMatchObject({
      code: 0,
    })
    expect(await place.loki(['policy', 'diff', policy('nonsense: 1')])).toMatchObject({ code: 1, stdout: '' })
  })
})
