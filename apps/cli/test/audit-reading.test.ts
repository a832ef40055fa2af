import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentFields, openAudit, verifyLog } from '@loki/audit'
import type { AuditEntry, AuditInput } from '@loki/audit'
import { main, Place } from './loki.js'

const state = { place: new Place() }

beforeEach(() => {
  state.place = new Place()
})
afterEach(() => state.place.remove())

const folder = (): string => join(state.place.project, '.loki', 'audit')
const file = (): string => join(folder(), 'audit.jsonl')
const lines = (): string[] => readFileSync(file(), 'utf8').trimEnd().split('\n')
const entries = (): AuditEntry[] => lines().map((line) => JSON.parse(line) as AuditEntry)

async function record(...inputs: readonly AuditInput[]): Promise<void> {
  const audit = openAudit({ dir: folder(), enabled: true, env: {} })
  for (const input of inputs) await audit.record(input)
  await audit.close()
}

const denied = (where: string): AuditInput => ({
  who: 'agent:claude/s1',
  what: 'action.decided',
  where,
  why: 'not here',
  metadata: { decision: 'DENY', rule: 'no-push', session: 's1', kind: 'command' },
})
const allowed: AuditInput = {
  who: 'agent:codex/s2',
  what: 'action.decided',
  metadata: { decision: 'ALLOW', session: 's2', kind: 'file_write' },
}

describe('reading the log', () => {
  it.each([['log'], ['search', 'push'], ['show', '0'], ['export'], ['summary'], ['tail'], ['count'], ['mirror']])(
    'is refused where auditing is off: %s',
    async (...args) => {
      const { code, stderr } = await state.place.loki(['audit', ...args], { env: { LOKI_AUDIT_DISABLED: 'true' } })
      expect(stderr).toContain('LOKI_AUDIT_DISABLED')
      expect(code).toBe(1)
      expect(existsSync(folder())).toBe(false)
    },
  )

  it.each([['log'], ['search', 'push'], ['summary'], ['tail'], ['export']])(
    'begins no log where there is none: %s',
    async (...args) => {
      expect((await state.place.loki(['audit', ...args])).code).toBe(0)
      expect(existsSync(folder())).toBe(false)
    },
  )

  it.each([
    ['--decision', 'perhaps'],
    ['--since', 'yesterday-ish'],
    ['--who', ''],
  ])('is wrong usage with %s %j', async (...args) => {
    await record(allowed)
    expect((await state.place.loki(['audit', 'log', ...args])).code).toBe(2)
    expect(entries()).toHaveLength(1)
  })

  it('is on the log: who, what was asked, how many entries; secrets that were searched for are not', async () => {
    await record(denied('git push'), allowed)
    const secret = `AKIA${'Q7R2'.repeat(4)}`
    await state.place.loki(['audit', 'log', '5', '--session', 's1'])
    await state.place.loki(['audit', 'search', secret])
    await state.place.loki(['audit', 'show', '0'])
    await state.place.loki(['audit', 'export', '--format', 'csv', '--decision', 'allow'])
    await state.place.loki(['audit', 'summary', '--days', '3'])
    await state.place.loki(['audit', 'count'])
    await state.place.loki(['audit', 'verify'])
    const reads = entries().slice(2)
    expect(reads.map(({ what }) => what)).toEqual(Array.from({ length: 5 }, () => 'audit.read'))
    for (const { who } of reads) expect(who).toMatch(/^cli:./)
    expect(reads.map(({ metadata }) => metadata)).toMatchObject([
      { command: 'log', query: { session: 's1', last: 5 }, entries: 1 },
      { command: 'search', entries: 0 },
      { command: 'show', query: { seq: 0 }, entries: 1 },
      { command: 'export', format: 'csv', query: { decision: 'ALLOW' }, entries: 1 },
      { command: 'summary', days: 3, entries: 6 },
    ])
    expect(readFileSync(file(), 'utf8')).not.toContain(secret)
    expect(await verifyLog(folder())).toMatchObject({ valid: true, entries: 7 })
  })

  it.each([['log'], ['export'], ['search', 'push'], ['tail']])(
    'is on the log too when nobody waits for its end: %s',
    async (...args) => {
      await record(...Array.from({ length: 300 }, (_, index) => denied(`git push ${index} ${'x'.repeat(2000)}`)))
      const { env, project: cwd } = state.place
      const reader = spawn(process.execPath, [main, 'audit', ...args], { cwd, env })
      reader.stdout.destroy()
      await once(reader, 'close')
      expect(entries().at(-1)).toMatchObject({ what: 'audit.read', metadata: { command: args[0] } })
    },
  )

  it('goes on, and says so, where it cannot be recorded', async () => {
    await record(denied('git push'))
    const broken = lines()[0]?.replace('git push', 'git pull') ?? ''
    writeFileSync(file(), `${broken}\n`) // nothing is added to a log that ends in a line that does not verify
    const { code, stdout, stderr } = await state.place.loki(['audit', 'log', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ seq: 0, where: 'git pull' })
    expect(stderr).toContain('This reading is not on the log')
    expect(code).toBe(0)
  })
})

describe('loki audit show', () => {
  it('ends with 1 for an entry that is not there, and with 2 for what is no number', async () => {
    await record(allowed)
    const { code, stderr } = await state.place.loki(['audit', 'show', '7', '--json'])
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'NO_ENTRY' } })
    expect(code).toBe(1)
    expect((await state.place.loki(['audit', 'show', 'seven'])).code).toBe(2)
  })

  it('prints one entry whole, for people without anything a terminal would act on', async () => {
    await record(allowed, denied('evil \u001b[2J'))
    const json = await state.place.loki(['audit', 'show', '1', '--json'])
    expect(JSON.parse(json.stdout)).toEqual(entries()[1])
    const { stdout } = await state.place.loki(['audit', 'show', '1'])
    for (const part of ['entry 1', 'evil \\u001b[2J', 'no-push', entries()[1]?.hash ?? '-']) {
      expect(stdout).toContain(part)
    }
    expect(stdout).not.toContain('\u001b')
  })
})

describe('loki audit export', () => {
  it('leaves nothing behind where the file cannot be written', async () => {
    await record(allowed)
    const target = join(state.place.root, 'none', 'out.csv')
    const { code, stderr } = await state.place.loki(['audit', 'export', '-o', target])
    expect(stderr).toContain(target)
    expect(code).toBe(1)
    expect((await state.place.loki(['audit', 'export', '--format', 'xml'])).code).toBe(2)
  })

  it('writes jsonl byte for byte as it stands in the log, to a file of its owner alone', async () => {
    await record(denied('é "quoted" \u202e'), allowed)
    const before = readFileSync(file(), 'utf8')
    const target = join(state.place.root, 'out.jsonl')
    await state.place.loki(['audit', 'export', '-o', target])
    expect(readFileSync(target, 'utf8')).toBe(before)
    expect(statSync(target).mode & 0o777).toBe(0o600)
    const { stdout } = await state.place.loki(['audit', 'export', '--decision', 'deny'])
    expect(stdout).toBe(`${lines()[0] ?? ''}\n`)
  })

  it('writes csv that no spreadsheet runs, quoted by RFC 4180', async () => {
    const cells = ['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'a,"b"\nc', 'plain']
    await record(...cells.map(denied))
    const { stdout } = await state.place.loki(['audit', 'export', '--format', 'csv'])
    const [head, ...rows] = csvRows(stdout)
    const at = head?.indexOf('where') ?? -1
    expect(rows.map((row) => row[at])).toEqual([
      `'=HYPERLINK("x")`,
      `'+1`,
      `'-1`,
      `'@SUM(A1)`,
      `'\tx`,
      `'\rx`,
      'a,"b"\nc',
      'plain',
    ])
    expect(rows[0]?.[head?.indexOf('decision') ?? -1]).toBe('DENY')
  })

  it('writes csv with a column for each field of an agent, empty where nothing was measured', async () => {
    const fields = agentFields({ agent: 'main', tokens: { in: 1200 }, durationMs: 12.5, result: 'success' })
    await record({ who: 'agent:claude/s1', what: 'task.finished', metadata: fields })
    const { stdout } = await state.place.loki(['audit', 'export', '--format', 'csv'])
    const [head = [], row = []] = csvRows(stdout)
    const cell = (name: string): string | undefined => row[head.indexOf(name)]
    expect(['agent', 'tokens_in', 'tokens_out', 'duration_ms', 'result', 'findings'].map(cell)).toEqual([
      'main',
      '1200',
      '',
      '12.5',
      'success',
      '',
    ])
  })

  it('writes ocsf, one event a line, that leads back to the entry', async () => {
    await record(denied('git push'))
    const { stdout } = await state.place.loki(['audit', 'export', '--format', 'ocsf'])
    const event = JSON.parse(stdout) as { class_uid: number; type_uid: number; activity_id: number; metadata: object }
    expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id)
    expect(event.metadata).toMatchObject({ uid: entries()[0]?.hash })
  })
})

describe('loki audit summary', () => {
  it('counts by kind, decision, agent, rule and day, in the shape of the API with --json', async () => {
    await record(denied('git push'), denied('git push -f'), allowed, { who: '__proto__', what: 'gate.failed' })
    for (const args of [['audit'], ['enterprise', 'audit']]) {
      const { stdout } = await state.place.loki([...args, 'summary', '--json'])
      expect(JSON.parse(stdout)).toMatchObject({
        period_days: 7,
        failed_events: 3,
        by_action: { 'action.decided': 3, 'gate.failed': 1 },
        by_resource_type: { command: 2, file_write: 1, gate: 1 },
        by_decision: { DENY: 2, ALLOW: 1 },
        by_agent: { claude: 2, codex: 1 },
        by_rule: { 'no-push': 2 },
        recent_failures: [{ what: 'gate.failed' }, { where: 'git push -f' }, { where: 'git push' }],
      })
      expect(stdout).toContain('"__proto__":1')
    }
    const { stdout } = await state.place.loki(['audit', 'summary'])
    expect(stdout).toMatch(/2 {2}DENY/)
    expect((await state.place.loki(['audit', 'summary', '--days', '0'])).code).toBe(2)
  })
})

describe('loki audit tail', () => {
  it('prints the last entries that match', async () => {
    await record(denied('one'), allowed, denied('two'), denied('three'))
    const { stdout } = await state.place.loki(['enterprise', 'audit', 'tail', '2', '--decision', 'deny'])
    expect(stdout.trimEnd().split('\n')).toEqual([expect.stringContaining('two'), expect.stringContaining('three')])
  })

  it('follows a growing log with -f and ends cleanly when it is interrupted', async () => {
    await record(denied('before'))
    const { env, project: cwd } = state.place
    const tail = spawn(process.execPath, [main, 'audit', 'tail', '-f', '--decision', 'deny', '--json'], { cwd, env })
    const ended = once(tail, 'close')
    const errors = text(tail.stderr)
    const seen: (string | null)[] = []
    for await (const line of createInterface(tail.stdout)) {
      const { where } = JSON.parse(line) as AuditEntry
      seen.push(where)
      if (where === 'before') await record(allowed, denied('while it runs'))
      else tail.kill('SIGINT')
    }
    expect(await ended).toEqual([0, null])
    expect(seen).toEqual(['before', 'while it runs'])
    expect(await errors).toBe('')
    expect(entries()[1]).toMatchObject({ what: 'audit.read', metadata: { command: 'tail', follow: true } })
  })
})

describe('loki audit mirror', () => {
  it('keeps what is left of a mirror when there is no log any more', async () => {
    expect((await state.place.loki(['audit', 'mirror'])).code).toBe(1)
    expect(existsSync(join(state.place.project, '.loki', 'logs', 'agent-audit.jsonl'))).toBe(false)
  })

  it('has a line with timestamp, action, agent and details for what each agent did, and is made anew each time', async () => {
    await record(denied('git push'), { who: 'cli:alice', what: 'session.started' }, allowed)
    const mirror = join(state.place.project, '.loki', 'logs', 'agent-audit.jsonl')
    for (let round = 0; round < 2; round++) expect((await state.place.loki(['audit', 'mirror'])).code).toBe(0)
    const actions = readFileSync(mirror, 'utf8').trimEnd().split('\n')
    expect(actions.map((line) => Object.keys(JSON.parse(line) as object))).toEqual(
      Array.from({ length: 2 }, () => ['timestamp', 'action', 'agent', 'details']),
    )
    expect(JSON.parse(actions[0] ?? '')).toMatchObject({ agent: 'claude/s1', details: { decision: 'DENY', seq: 0 } })
    expect(statSync(mirror).mode & 0o777).toBe(0o600)
  })
})

/** What RFC 4180 says, character by character. */
function csvRows(csv: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  for (let at = 0; at < csv.length; at++) {
    const character = csv.charAt(at)
    if (quoted) {
      if (character !== '"') cell += character
      else if (csv.charAt(at + 1) === '"') cell += csv.charAt(at++)
      else quoted = false
    } else if (character === '"') quoted = true
    else if (character === ',' || csv.startsWith('\r\n', at)) {
      rows.at(-1)?.push(cell)
      cell = ''
      if (character === '\r') {
        rows.push([])
        at++
      }
    } else cell += character
  }
  return rows.slice(0, -1)
}
