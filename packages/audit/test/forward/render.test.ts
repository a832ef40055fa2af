import { describe, expect, it, test } from 'vitest'
import { render } from '../../src/forward/index.js'
import type { ForwardRecord } from '../../src/forward/index.js'
import type { AuditInput } from '../../src/index.js'
import { openLog, temporary, linesOf, parse } from '../folder.js'

/** Everything that means something in one of the formats, in every order that a seed gives. */
const PIECES = [
  '\n',
  '\r',
  '\r\n',
  '|',
  '=',
  ']',
  '[',
  '"',
  '\\',
  ' ',
  '\t',
  '\0',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u007f',
]
const WORDS = [
  'CEF:0|',
  ' suser=root',
  ' cs1=x',
  '{"a":1}',
  '","who":"root"',
  '<110>1 ',
  '9 <13>',
  'ü',
  '😀',
  '#012',
  'a',
]

/** Numbers that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

function hostile(random: () => number): string {
  const parts = [...PIECES, ...WORDS]
  return Array.from({ length: 1 + Math.floor(random() * 8) }, () => parts[Math.floor(random() * parts.length)]).join('')
}

async function recordsOf(inputs: readonly AuditInput[]): Promise<ForwardRecord[]> {
  const dir = temporary()
  const log = openLog(dir)
  await Promise.all(inputs.map((input) => log.record(input)))
  return linesOf(dir).map((line) => ({ entry: parse(line), line }))
}

async function hostileRecords(): Promise<ForwardRecord[]> {
  const random = seeded(7)
  const text = (): string => hostile(random)
  return recordsOf(
    Array.from({ length: 500 }, () => ({
      who: text(),
      what: text(),
      where: text(),
      why: text(),
      metadata: { [text()]: text(), decision: text(), command: text(), paths: [text()], url: text(), session: text() },
    })),
  )
}

/** Reads CEF as its specification says: header fields end at a bare `|`, values where ` key=` follows. */
function readCef(text: string): { header: string[]; extension: Map<string, string> } {
  const parts = text.split(/(?<=(?<!\\)(?:\\\\)*)\|/)
  const header = parts.slice(0, 7).map((part) => part.replace(/\\([\\|])/g, '$1'))
  const rest = parts.slice(7).join('|')
  const keys = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)(?<!\\)=/g)]
  const values = keys.map((match, index): [string, string] => {
    const value = rest.slice(match.index + match[0].length, keys[index + 1]?.index ?? rest.length)
    const plain = value.replace(/\\([\\=nr])/g, (_, escaped: string) => ({ n: '\n', r: '\r' })[escaped] ?? escaped)
    return [match[1] ?? '', plain]
  })
  return { header, extension: new Map(values) }
}

/** The text as CEF keeps it: only the two line breaks have an escape of their own. */
function kept(text: string): string {
  return text.replace(
    /(?![\n\r])[\p{Cc}\u2028\u2029]/gu,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

describe('whatever stands in an entry,', () => {
  test.each(['json', 'cef', 'ecs', 'ocsf'] as const)('%s is one line', async (format) => {
    for (const record of await hostileRecords()) {
      const text = render(record, format)
      expect(text).not.toMatch(/[\r\n\0]/)
    }
  })

  test('CEF has the same fields, each with its own value', async () => {
    const keys = new Set<string>()
    for (const record of await hostileRecords()) {
      const { header, extension } = readCef(render(record, 'cef'))
      const { entry } = record
      expect(header.slice(0, 4)).toEqual(['CEF:0', 'Loki', 'loki-audit', '1'])
      expect(header[6]).toMatch(/^\d$/)
      expect(extension.get('suser')).toBe(kept(entry.who))
      expect(extension.get('reason')).toBe(kept(entry.why ?? ''))
      expect(extension.get('externalId')).toBe(entry.hash)
      expect(extension.get('cs1')).toBe(entry.previousHash)
      for (const key of extension.keys()) keys.add(key)
    }
    expect([...keys].sort()).toEqual([
      'act',
      'cn1',
      'cn1Label',
      'cs1',
      'cs1Label',
      'cs2',
      'cs2Label',
      'cs3',
      'cs3Label',
      'externalId',
      'fname',
      'msg',
      'outcome',
      'reason',
      'request',
      'rt',
      'sproc',
      'suser',
    ])
  })

  test('ECS and OCSF hold the raw line and no key of the metadata', async () => {
    for (const record of await hostileRecords()) {
      const ecs = JSON.parse(render(record, 'ecs')) as { event: { original: string; id: string }; loki: object }
      expect(ecs.event).toMatchObject({ original: record.line, id: record.entry.hash, sequence: record.entry.seq })
      expect(Object.keys(ecs.loki).every((key) => /^[a-z_]+$/.test(key))).toBe(true)
      expect(JSON.parse(render(record, 'ocsf'))).toMatchObject({ raw_data: record.line })
    }
  })
})

describe('OCSF', () => {
  it.each([
    [{ what: 'action.decided', metadata: { decision: 'DENY', kind: 'command', rule: 'no-rm' } }, 2003, 1],
    [{ what: 'gate.failed', metadata: { session: 's' } }, 2003, 1],
    [{ what: 'action.finished', metadata: { ok: true, kind: 'command', command: 'ls' } }, 1007, 1],
    [{ what: 'action.finished', metadata: { ok: true, kind: 'file_read', paths: ['/a/b'] } }, 1001, 2],
    [{ what: 'action.finished', metadata: { ok: true, kind: 'file_write', paths: ['/a/b'] } }, 1001, 3],
    [{ what: 'action.finished', metadata: { ok: false, kind: 'mcp_tool', tool: 't' } }, 6003, 99],
    [{ what: 'session.started', metadata: { session: 's' } }, 6002, 3],
    [{ what: 'session.finished', metadata: { session: 's' } }, 6002, 4],
    [{ what: 'log.recovered', metadata: null }, 1008, 99],
    [{ what: 'something.else', metadata: null }, 6003, 99],
  ])('writes %j as class %i, activity %i', async (input, uid, activity) => {
    const [record] = await recordsOf([{ who: 'agent:a/1', ...input }])
    if (record === undefined) throw new Error('expected a record')
    const event = JSON.parse(render(record, 'ocsf')) as Record<string, unknown>
    expect(event).toMatchObject({
      class_uid: uid,
      activity_id: activity,
      type_uid: uid * 100 + activity,
      category_uid: Math.floor(uid / 1000),
      metadata: { uid: record.entry.hash, product: { name: 'Loki' } },
    })
    for (const name of ['severity_id', 'time']) expect(typeof event[name]).toBe('number')
  })
})
