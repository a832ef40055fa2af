import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import { Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'audit')
const file = join(dir, 'audit.jsonl')

beforeAll(async () => {
  const audit = openAudit({ dir, enabled: true, env: {} })
  for (let number = 1; number <= 60; number += 1) {
    const decision = number % 2 === 0 ? 'DENY' : 'ALLOW'
    const where = number === 60 ? 'evil \u001b[2J\u202e' : `file-${number}`
    const metadata = { decision, session: `run-${number % 3}` }
    await audit.record({ who: `agent:claude/s${number % 3}`, what: 'action.decided', where, metadata })
  }
  await audit.close()
})
afterAll(() => place.remove())

describe('loki audit verify', () => {
  it('ends with 7 and names the line where one byte was flipped', async () => {
    const bytes = readFileSync(file)
    const at = bytes.indexOf('file-41')
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 1
    const copy = join(place.root, 'copy.jsonl')
    writeFileSync(copy, bytes)
    const { code, stdout } = await place.loki(['audit', 'verify', copy])
    expect(stdout).toMatch(/^✗ broken .*line 41/)
    expect(code).toBe(7)
    const json = await place.loki(['audit', 'verify', copy, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: false, line: 41, entries: 40 })
    expect(json.code).toBe(7)
  })

  it.each([
    ['a removed line', (lines: string[]) => lines.filter((_, index) => index !== 9)],
    [
      'two swapped lines',
      (lines: string[]) => [...lines.slice(0, 8), lines[9] ?? '', lines[8] ?? '', ...lines.slice(10)],
    ],
    ['a torn last line', (lines: string[]) => [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, 20)]],
    ['a blank line', (lines: string[]) => [...lines.slice(0, 5), '', ...lines.slice(5)]],
  ])('ends with 7 for %s', async (_, change) => {
    const copy = join(place.root, 'changed.jsonl')
    const lines = change(readFileSync(file, 'utf8').trimEnd().split('\n'))
    writeFileSync(copy, _ === 'a torn last line' ? lines.join('\n') : `${lines.join('\n')}\n`)
    expect((await place.loki(['audit', 'verify', copy])).code).toBe(7)
  })

  it('ends with 7 for a signed log that was cut at its end, and with 2 for a key that is none', async () => {
    const signed = join(place.root, 'signed')
    const audit = openAudit({ dir: signed, enabled: true, env: { ...place.env, LOKI_AUDIT_CHECKPOINTS: 'true' } })
    for (let number = 0; number < 5; number += 1) await audit.record({ who: 'w', what: 't' })
    await audit.close()
    const sound = await place.loki(['audit', 'verify', signed])
    expect(sound.stdout).toContain('INTACT through the checkpoint of 5 entries')
    expect(sound.code).toBe(0)
    const log = join(signed, 'audit.jsonl')
    writeFileSync(log, `${readFileSync(log, 'utf8').split('\n').slice(0, 3).join('\n')}\n`)
    const cut = await place.loki(['audit', 'verify', signed, '--json'])
    expect(JSON.parse(cut.stdout)).toMatchObject({ valid: false, verdict: 'TRUNCATED', entries: 3 })
    expect(cut.code).toBe(7)
    const kept = join(place.root, 'kept.checkpoint')
    copyFileSync(join(signed, 'checkpoint'), kept)
    rmSync(signed, { recursive: true })
    mkdirSync(signed)
    writeFileSync(log, readFileSync(file))
    expect((await place.loki(['audit', 'verify', signed, '--anchor', kept])).code).toBe(7)
    expect((await place.loki(['audit', 'verify', signed, '--key', 'none'])).code).toBe(2)
  })

  it('ends with 0 for a log as it was written, given by project, file or folder', async () => {
    for (const args of [[], [file], [dir]]) {
      const { code, stdout } = await place.loki(['audit', 'verify', ...args])
      expect(stdout).toMatch(/^✓ valid {2}60 entries/)
      expect(code).toBe(0)
    }
  })
})

describe('loki audit log', () => {
  it('prints the last 50, or as many as were asked for', async () => {
    const lines = async (...args: string[]): Promise<number> => {
      const { stdout } = await place.loki(['audit', 'log', ...args, '--what', 'action.decided', '--json'])
      return stdout.trimEnd().split('\n').length
    }
    expect(await lines()).toBe(50)
    expect(await lines('7')).toBe(7)
    expect(await lines('1000')).toBe(60)
  })

  it('prints one JSON object a line, the oldest of them first', async () => {
    const { stdout } = await place.loki(['audit', 'log', '3', '--who', 'agent:*', '--json'])
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number })
    expect(entries.map(({ seq }) => seq)).toEqual([57, 58, 59])
  })

  it('filters by who, what, where, session, decision and time', async () => {
    const count = async (...args: string[]): Promise<string> =>
      (await place.loki(['audit', 'count', '--where', 'file-', ...args])).stdout.trim()
    expect(await count()).toBe('59')
    expect(await count('--who', 'agent:claude/s1')).toBe('20')
    expect(await count('--who', 'agent:claude/*', '--where', 'file-1*')).toBe('11')
    expect(await count('--session', 'run-2')).toBe('20')
    expect(await count('--decision', 'deny')).toBe('29')
    expect(await count('--what', 'session.started')).toBe('0')
    expect(await count('--since', '1h')).toBe('59')
    expect(await count('--until', '2020-01-01')).toBe('0')
  })

  it('shows people nothing that moves their cursor or turns their text around', async () => {
    const { stdout } = await place.loki(['audit', 'log', '1', '--where', 'evil'], { env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('evil \\u001b[2J\\u202e')
    const json = await place.loki(['audit', 'log', '1', '--where', 'evil', '--json'])
    for (const character of ['\u001b', '\u202e']) expect(json.stdout).not.toContain(character)
  })

  it('says that auditing is off rather than that there is nothing', async () => {
    const { code, stderr } = await place.loki(['audit', 'log'], { env: { LOKI_AUDIT_DISABLED: 'true' } })
    expect(stderr).toContain('LOKI_AUDIT_DISABLED')
    expect(code).toBe(1)
  })
})
