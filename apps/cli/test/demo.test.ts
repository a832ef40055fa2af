import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { judge } from '../src/demo/checks.js'
import { makePlace } from '../src/demo/place.js'
import { play } from '../src/demo/play.js'
import { Place } from './loki.js'

const place = new Place()
afterAll(() => place.remove())

const CHECKS = [
  'the failing test passes',
  'denied: rm -rf in a disguise',
  'denied: a write outside the project',
  'denied: a file with a secret',
  'denied: a push to main',
  'every decision is on record',
  'the audit log verifies',
  'one flipped byte in a copy is found',
]

interface Summary {
  readonly ok: boolean
  readonly durationMs: number
  readonly project: string
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[]
  readonly tampered: { readonly line: number }
}

describe('loki demo', () => {
  it('ends with 1 and a reason where it cannot even begin', async () => {
    const { code, stderr } = await place.loki(['demo'], { env: { TMPDIR: join(place.root, 'nothing') } })
    expect(stderr).toMatch(/No folder can be made.*\nSet TMPDIR/)
    expect(code).toBe(1)
  })

  it('does not say that it saw what it did not see', { timeout: 60_000 }, async () => {
    const demo = await makePlace()
    try {
      writeFileSync(
        join(demo.project, '.loki', 'policies.yaml'),
        'policies:\n  data:\n    - type: secret_detection\n      action: deny\n',
      )
      const quiet = { decision: () => undefined, progress: () => undefined, signal: new AbortController().signal }
      const checks = judge(demo, await play(demo, quiet))
      const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name)
      // What the recording needs denied is never done: it ends there, and so the rest was not seen either.
      expect(failed).toEqual(expect.arrayContaining(['the failing test passes', 'denied: a write outside the project']))
      expect(existsSync(join(demo.root, 'notes.txt'))).toBe(false)
    } finally {
      demo.remove()
    }
  })

  it('shows every promise and leaves nothing behind, within 20 s', { timeout: 60_000 }, async () => {
    const { code, stdout } = await place.loki(['demo'], { env: { TMPDIR: place.root } })
    for (const check of CHECKS) expect(stdout).toContain(`✓ ${check}`)
    expect(stdout.match(/✗ DENY/g)).toHaveLength(4)
    expect(stdout).not.toContain('\u001b')
    expect(code).toBe(0)
    const project = /^ {2}(\/.*\/shop)$/m.exec(stdout)?.[1] ?? ''
    expect(existsSync(dirname(project))).toBe(false)
  })

  it('is the same whatever the variables of the user say', { timeout: 60_000 }, async () => {
    const env = { LOKI_AUDIT_DISABLED: 'true', SCOPE_ALLOWED_BRANCHES: 'main', GIT_DIR: '/nowhere', NODE_OPTIONS: '' }
    expect((await place.loki(['demo', '--json'], { env })).code).toBe(0)
  })

  it(
    'with --keep --json prints a summary and keeps a log that verifies, and a copy that does not',
    { timeout: 60_000 },
    async () => {
      const { code, stdout } = await place.loki(['demo', '--keep', '--json'])
      const summary = JSON.parse(stdout) as Summary
      expect(code).toBe(0)
      expect(summary.ok).toBe(true)
      expect(summary.durationMs).toBeLessThan(20_000)
      expect(summary.checks.map(({ name }) => name)).toEqual(CHECKS)
      const { project } = summary
      expect((await place.loki(['audit', 'verify', '--project', project])).code).toBe(0)
      const forged = await place.loki(['audit', 'verify', join(project, '..', 'tampered')])
      expect(forged.stdout).toContain(`line ${summary.tampered.line}`)
      expect(forged.code).toBe(7)
      rmSync(dirname(project), { recursive: true })
    },
  )

  it('stays readable in a narrow pipe and coloured where that is asked for', { timeout: 60_000 }, async () => {
    const { stdout } = await place.loki(['demo'], { env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('\u001b[')
  })
})
