import { hash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generateReport, standards } from '../../src/compliance/index.js'
import type { ComplianceReport, ControlReport, ReportOptions, StandardKind } from '../../src/compliance/index.js'
import { openAudit, ownerKey, pruneLog } from '../../src/index.js'
import type { VerifyOptions } from '../../src/index.js'
import { linesOf, openLog, parse, temporary, writeLines } from '../folder.js'
import { cleanSession, decided, finished, MARCH, START, told, write, type Planned } from './record.js'

async function logOf(records: readonly Planned[]): Promise<string> {
  const dir = temporary()
  await write(dir, records)
  return dir
}

async function report(records: readonly Planned[], options: Partial<ReportOptions> = {}): Promise<ComplianceReport> {
  return generateReport('soc2', { log: await logOf(records), ...MARCH, ...options })
}

function control(of: ComplianceReport, id: string): ControlReport {
  const found = of.controls.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no control ${id}`)
  return found
}

function exceptionsOf(of: ComplianceReport): Record<string, number> {
  return Object.fromEntries(of.controls.flatMap(({ exceptions }) => exceptions.map(({ name, count }) => [name, count])))
}

describe('what is refused', () => {
  it.each([
    [
      'an unknown standard, naming the known ones',
      'hipaa',
      {},
      /soc2, iso27001, gdpr, eu-ai-act, nist-800-53, iso42001.*"hipaa"/,
    ],
    ['a member of every object', 'toString', {}, /expected a standard/],
    ['a word as a date', 'soc2', { from: 'yesterday' }, /from to be a date.*"yesterday"/],
    ['a day that does not exist', 'soc2', { from: '2026-02-30' }, /from to be a date/],
    ['a time without its zone', 'soc2', { to: '2026-03-31T12:00' }, /to to be a date/],
    ['an invalid Date', 'soc2', { to: new Date(Number.NaN) }, /an invalid date/],
    ['a period that ends before it begins', 'soc2', { from: '2026-04-01' }, /begin before it ends/],
    ['an empty period', 'soc2', { from: '2026-03-01T00:00Z', to: '2026-03-01T00:00:00Z' }, /begin before it ends/],
    ['a clock that gives no time', 'soc2', { now: () => new Date(Number.NaN) }, /now\(\)/],
  ])('%s', async (_, kind, options, message) => {
    const log = await logOf(cleanSession())
    const made = generateReport(kind as StandardKind, { log, ...MARCH, ...options })
    await expect(made).rejects.toMatchObject({
      name: 'AuditError',
      code: 'INVALID_INPUT',
      message: expect.stringMatching(message) as string,
    })
  })

  it('a log that is missing, empty, no file, or switched off', async () => {
    const dir = temporary()
    const missing = generateReport('soc2', { log: dir, ...MARCH })
    await expect(missing).rejects.toMatchObject({ code: 'READ_FAILED' })
    writeFileSync(join(dir, 'audit.jsonl'), '')
    await expect(generateReport('soc2', { log: dir, ...MARCH })).rejects.toMatchObject({ code: 'READ_FAILED' })
    await expect(generateReport('soc2', { log: '/dev/null', ...MARCH })).rejects.toMatchObject({ code: 'READ_FAILED' })
    const off = openAudit({ enabled: false, env: {} })
    await expect(generateReport('soc2', { log: off, ...MARCH })).rejects.toMatchObject({ code: 'READ_FAILED' })
    rmSync(dir, { recursive: true })
  })
})

describe('verdicts', () => {
  it('are never better than partial on a broken chain, and only what stands before the break counts', async () => {
    const dir = await logOf(cleanSession())
    const lines = linesOf(dir)
    writeLines(dir, lines.with(4, (lines[4] ?? '').replace('not allowed', 'not_allowed')))
    for (const kind of Object.keys(standards) as StandardKind[]) {
      const broken = await generateReport(kind, { log: dir, ...MARCH })
      expect(broken.warnings[0]).toMatch(/^THE LOG DOES NOT VERIFY \(BROKEN\): entry 4 \(line 5 of audit\.jsonl\)/)
      expect(broken.completeness.inPeriod).toBe(4)
      expect(broken.summary.evidenced).toBe(0)
    }
  })

  it('say openly where there is no evidence, and where Loki records nothing', async () => {
    const empty = await report(cleanSession(), { from: '2026-03-20' })
    expect(empty.warnings).toContain('NO ENTRY OF THE LOG FALLS IN THE PERIOD.')
    expect(empty.summary).toMatchObject({ evidenced: 0, partial: 0 })
    expect(control(empty, 'CC6.1')).toMatchObject({ verdict: 'no evidence' })
    expect(control(empty, 'CC6.1').gaps[0]).toMatch(/^No evidence in the period/)
    expect(control(empty, 'CC6.2')).toMatchObject({ verdict: 'not covered', evidence: [] })
  })

  it('need a signature of a trusted key over the whole period where the record itself is the point', async () => {
    const dir = temporary()
    const keyDir = join(temporary(), 'keys')
    await write(dir, cleanSession(), { checkpoints: true, keyDir })
    const verdict = async (log: string, verify: VerifyOptions = {}): Promise<unknown> => {
      const made = await generateReport('nist-800-53', { log, ...MARCH, verify })
      return [made.controls.find(({ id }) => id === 'AU-9(3)')?.verdict, made.warnings[0]?.slice(0, 22)]
    }
    expect(await verdict(await logOf(cleanSession()))).toEqual(['partial', 'THE LOG IS UNSIGNED, o'])
    expect(await verdict(dir)).toEqual(['partial', 'NOBODY VOUCHED FOR THE'])
    expect(await verdict(dir, { publicKey: ownerKey({ keyDir })?.vkey })).toEqual([
      'evidenced',
      'The log begins at 2026',
    ])
  })

  it('say how much of the log was pruned', async () => {
    const dir = temporary()
    const options = { maxSizeMb: 0.001, retentionDays: 0, maxFiles: 1 }
    await write(dir, [...cleanSession(), ...cleanSession()], { maxSizeMb: 0.001 })
    await pruneLog(dir, { ...options, env: {}, now: MARCH.now })
    const made = await generateReport('soc2', { log: dir, ...MARCH })
    const entries = made.chain.pruned?.entries ?? 0
    expect(entries).toBeGreaterThan(0)
    expect(made.chain.valid).toBe(true)
    expect(made.warnings[0]).toMatch(new RegExp(`^THE FIRST ${entries} ENTRIES ARE GONE`))
    for (const { seq, line } of made.controls.flatMap(({ evidence }) => evidence.flatMap(({ sample }) => sample))) {
      expect(seq).toBeGreaterThanOrEqual(entries)
      expect(line).toBe(seq + 1)
    }
  })

  it('are never better than partial on a log that was cut off after it was signed', async () => {
    const dir = temporary()
    const keyDir = join(temporary(), 'keys')
    await write(dir, cleanSession(), { checkpoints: true, keyDir })
    writeLines(dir, linesOf(dir).slice(0, 5))
    const made = await generateReport('nist-800-53', {
      log: dir,
      ...MARCH,
      verify: { publicKey: ownerKey({ keyDir })?.vkey },
    })
    expect(made.warnings[0]).toMatch(/^THE LOG DOES NOT VERIFY \(TRUNCATED\)/)
    expect(made.summary.evidenced).toBe(0)
  })

  it('are evidenced only without exceptions', async () => {
    const made = async (records: readonly Planned[]): Promise<unknown> => {
      const { controls } = await generateReport('nist-800-53', { log: await logOf(records), ...MARCH })
      return controls.find(({ id }) => id === 'AU-12')?.verdict
    }
    expect(await made(cleanSession())).toBe('evidenced')
    expect(await made([...cleanSession(), finished(9, { digest: 'never decided' })])).toBe('partial')
  })
})

describe('exceptions', () => {
  it.each<[string, readonly Planned[]]>([
    [
      'ran-after-denial',
      [
        decided(1, { decision: 'ALLOW', digest: 'a' }),
        decided(2, { decision: 'DENY', digest: 'a' }),
        finished(3, { digest: 'a' }),
      ],
    ],
    [
      'ran-without-approval-on-record',
      [decided(1, { decision: 'REQUIRE_APPROVAL', digest: 'a' }), finished(2, { digest: 'a' })],
    ],
    ['ran-without-decision', [finished(1, { digest: 'a' })]],
    ['session-without-end', [told(1, 'session.started')]],
    [
      'completed-after-failed-gate',
      [
        told(1, 'gate.passed', { task: 't' }),
        told(2, 'gate.failed', { task: 't' }),
        told(3, 'task.finished', { task: 't', status: 'completed' }),
      ],
    ],
    ['completed-without-passed-gate', [told(1, 'task.finished', { task: 't', status: 'completed' })]],
    ['gate-unmeasured', [told(1, 'gate.unmeasured', { task: 't' })]],
    [
      'log-recovered',
      [{ minute: 1, who: 'audit', what: 'log.recovered', where: 'audit.jsonl', metadata: { bytes: 3 } }],
    ],
    ['clock-went-back', [told(5, 'gate.passed', { task: 't' }), told(4, 'gate.passed', { task: 't' })]],
  ])('%s is found', async (name, records) => {
    expect(exceptionsOf(await report(records))).toEqual({ [name]: 1 })
  })

  it('are none in a session without anything to object to, nor where a refused action was allowed later', async () => {
    expect(exceptionsOf(await report(cleanSession()))).toEqual({})
    const allowed = [
      decided(1, { decision: 'DENY', digest: 'a' }),
      decided(2, { decision: 'ALLOW', digest: 'a' }),
      finished(3, { digest: 'a' }),
    ]
    expect(exceptionsOf(await report(allowed))).toEqual({})
  })

  it('are reported where they fall in the period, with what went before it understood', async () => {
    const records = [decided(1, { decision: 'DENY', digest: 'a' }), finished(90, { digest: 'a' })]
    const later = { from: '2026-03-01T01:00:00Z' }
    expect(exceptionsOf(await report(records, later))).toEqual({ 'ran-after-denial': 1 })
    expect(exceptionsOf(await report(records, { to: '2026-03-01T01:00:00Z' }))).toEqual({})
  })
})

describe('the period', () => {
  it('is real: whatever the times of entries, exactly those in it are counted', async () => {
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % below
    }
    for (let round = 0; round < 12; round += 1) {
      const records = Array.from({ length: 60 }, () =>
        decided(random(1_440), { decision: random(3) === 0 ? 'DENY' : 'ALLOW', digest: String(random(40)) }),
      )
      const [low = 0, high = 0] = [random(1_440), random(1_440)].sort((a, b) => a - b)
      if (low === high) continue
      const within = records.filter(({ minute }) => minute >= low && minute < high)
      const made = await report(records, { from: new Date(START + low * 60_000), to: new Date(START + high * 60_000) })
      const denials = control(made, 'CC6.1').evidence.find(({ name }) => name === 'denials')
      expect(made.completeness.inPeriod).toBe(within.length)
      expect(denials?.population).toBe(within.filter(({ metadata }) => metadata?.decision === 'DENY').length)
      for (const { timestamp } of denials?.sample ?? []) {
        expect(timestamp >= made.period.from && timestamp < made.period.to).toBe(true)
      }
    }
  })

  it('includes the whole of a last day that is given as a date', async () => {
    const made = await report([told(31 * 24 * 60 - 1, 'gate.passed'), told(31 * 24 * 60, 'gate.passed')])
    expect(made.period.to).toBe('2026-04-01T00:00:00.000Z')
    // With the entry that opens the segment of the new day.
    expect(made.completeness).toMatchObject({ entries: 3, inPeriod: 1 })
  })
})

describe('the sample', () => {
  it('is what anyone draws by the method that the report tells, with seq, hash and line', async () => {
    const dir = await logOf(
      Array.from({ length: 40 }, (_, index) => decided(index, { decision: 'ALLOW', digest: String(index) })),
    )
    const made = await generateReport('soc2', { log: dir, ...MARCH })
    const lines = linesOf(dir)
    const entries = lines.map((line) => parse(line))
    const head = entries.at(-1)?.hash ?? ''
    const rank = (own: string): string => hash('sha256', `${head}\n${own}`)
    const drawn = entries.toSorted((a, b) => (rank(a.hash) < rank(b.hash) ? -1 : 1)).slice(0, 10)
    const sample = control(made, 'CC6.1').evidence[0]?.sample ?? []
    expect(sample.map(({ seq }) => seq)).toEqual(drawn.map(({ seq }) => seq).sort((a, b) => a - b))
    for (const place of sample) expect(parse(lines[place.line - 1])).toMatchObject({ seq: place.seq, hash: place.hash })
    expect(made.sampling.seed).toBe(head)
  })
})

it('reports on an open log, its file and its folder alike', async () => {
  const dir = await logOf(cleanSession())
  const [open, folder, file] = await Promise.all(
    [openLog(dir), dir, join(dir, 'audit.jsonl')].map((log) => generateReport('soc2', { log, ...MARCH })),
  )
  expect(open).toEqual(file)
  expect(folder).toEqual(file)
  expect(file?.controls.length).toBeGreaterThan(20)
})
