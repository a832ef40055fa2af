import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import type { AuditEntry } from '@loki/audit'
import { Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'audit')
const file = join(dir, 'audit.jsonl')

beforeAll(async () => {
  const audit = openAudit({ dir, enabled: true, env: {} })
  for (const decision of ['ALLOW', 'DENY', 'ALLOW']) {
    const metadata = { session: 's1', kind: 'command', decision, digest: decision }
    await audit.record({
      who: 'agent:claude/s1',
      what: 'action.decided',
      where: 'npm test',
      why: 'a <b> reason',
      metadata,
    })
  }
  await audit.close()
})
afterAll(() => place.remove())

describe('loki compliance report', () => {
  it.each([
    ['an unknown standard', ['hipaa'], /no standard "hipaa"[\s\S]*soc2, iso27001, gdpr/],
    ['an unknown format', ['soc2', '--format', 'pdf'], /--format takes md, html, json, oscal; got "pdf"/],
    ['a malformed date', ['soc2', '--from', 'last week'], /--from to be a date/],
    ['a malformed end', ['soc2', '--to', '2026-13-01'], /to be a date/],
    [
      'a period that ends before it begins',
      ['soc2', '--from', '2026-03-02', '--to', '2026-03-01'],
      /begin before it ends/,
    ],
    ['a malformed key', ['soc2', '--key', 'x'], /key/i],
    ['an existing file', ['soc2', '-o', file], /exists already/],
  ])('refuses %s as wrong usage', async (_, args, message) => {
    const before = readFileSync(file)
    const { code, stdout, stderr } = await place.loki(['compliance', 'report', ...args])
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
    expect(readFileSync(file)).toEqual(before)
  })

  it('says so where there is no log', async () => {
    const { code, stderr } = await place.loki(['compliance', 'report', 'soc2'], { env: { LOKI_AUDIT_DIR: place.home } })
    expect(stderr).toMatch(/there is no log at/)
    expect(code).toBe(1)
  })

  it('ends with 7 on a broken chain, and still writes the report that says so', async () => {
    const copy = join(place.root, 'copy')
    const broken = readFileSync(file, 'utf8').replace('reason', 'treason')
    mkdirSync(copy)
    writeFileSync(join(copy, 'audit.jsonl'), broken)
    const { code, stdout } = await place.loki(['compliance', 'report', 'gdpr'], { env: { LOKI_AUDIT_DIR: copy } })
    expect(stdout).toMatch(/^# General Data Protection Regulation.*\n\n> \*\*THE LOG DOES NOT VERIFY/)
    expect(code).toBe(7)
    expect(readFileSync(join(copy, 'audit.jsonl'), 'utf8')).toBe(broken)
  })

  it.each([
    ['md', /^# SOC 2/],
    ['html', /^<!doctype html>/],
    ['json', /^\{\n {2}"version": 1,\n {2}"warnings"/],
    ['oscal', /^\{\n {2}"assessment-results"/],
  ])('prints %s, and writes the same to a file that only its owner reads', async (format, begin) => {
    const period = ['--from', '2020-01-01', '--to', '2099-12-31', '--format', format]
    const { code, stdout, stderr } = await place.loki(['compliance', 'report', 'soc2', ...period])
    expect(code).toBe(0)
    expect(stdout).toMatch(begin)
    expect(stderr).toMatch(/THE LOG IS UNSIGNED|NOBODY VOUCHED FOR THE KEY/)
    const out = join(place.root, `report.${format}`)
    const saved = await place.loki(['compliance', 'report', 'soc2', ...period, '-o', out])
    expect(saved).toMatchObject({ code: 0, stdout: '' })
    expect(saved.stderr).toMatch(/23 controls, \d+ evidenced/)
    expect(readFileSync(out, 'utf8')).toMatch(begin)
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  it('takes the last 90 days where no period is given', async () => {
    const { stdout, code } = await place.loki(['compliance', 'report', 'eu-ai-act', '--json'])
    const { period, completeness } = JSON.parse(stdout) as {
      period: { from: string; to: string }
      completeness: { inPeriod: number }
    } // the shape is what is tested
    expect(Date.parse(period.to) - Date.parse(period.from)).toBe(90 * 86_400_000)
    expect(completeness.inPeriod).toBeGreaterThanOrEqual(3)
    expect(code).toBe(0)
  })

  it('is on the log itself: who made which report', async () => {
    await place.loki(['compliance', 'report', 'soc2'])
    const last = JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '') as AuditEntry // just written
    expect(last).toMatchObject({ what: 'audit.read', metadata: { command: 'compliance report', standard: 'soc2' } })
  })
})

describe('loki compliance list', () => {
  it('names every standard with its edition', async () => {
    const { stdout, code } = await place.loki(['compliance', 'list'])
    for (const name of ['soc2', 'iso27001', 'gdpr', 'eu-ai-act', 'nist-800-53', 'iso42001'])
      expect(stdout).toContain(name)
    expect(stdout).toContain('2024/1689')
    expect(code).toBe(0)
  })
})
