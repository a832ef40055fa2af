import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/index.js'
import { temporary } from '../folder.js'

// Verification recognises canonical lines in bytes, without parsing. Here it is compared with the definition: a line is
// canonical when it equals what a plain canonicaliser writes after JSON.parse. Hashes are made to fit, so that only the
// form of the line decides.

const OPENING = '{"hash":"sha256:'.length
const ROUNDS = Number(process.env.LOKI_FUZZ_ROUNDS ?? 8_000)

function canonical(value: unknown, depth = 0): string {
  if (depth > 64) throw new Error('too deep')
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([key, item]) => `${canonical(key)}:${canonical(item, depth + 1)}`).join(',')}}`
  }
  if (typeof value === 'string' && /[\ud800-\udfff]/u.test(value)) throw new Error('lone surrogate')
  return JSON.stringify(value)
}

const NAMES = 'hash metadata previousHash seq timestamp what where who why'
const TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

function isEntry(line: Buffer): boolean {
  try {
    const text = line.toString()
    if (!Buffer.from(text).equals(line)) return false
    const entry = JSON.parse(text) as Record<string, unknown>
    const isText = (value: unknown): boolean => typeof value === 'string'
    const isObject = typeof entry.metadata === 'object' && !Array.isArray(entry.metadata)
    return (
      canonical(entry, -1) === text &&
      Object.keys(entry).join(' ') === NAMES &&
      isObject &&
      entry.seq === 0 &&
      entry.previousHash === 'GENESIS' &&
      TIME.test(entry.timestamp as string) &&
      [entry.what, entry.who].every((value) => isText(value) && value !== '') &&
      [entry.where, entry.why].every((value) => value === null || isText(value))
    )
  } catch {
    return false
  }
}

function lineOf(metadata: string): string {
  const zeros = '0'.repeat(64)
  return `{"hash":"sha256:${zeros}","metadata":${metadata},"previousHash":"GENESIS","seq":0,"timestamp":"2026-01-31T12:00:00.000Z","what":"w","where":null,"who":"o","why":"y"}`
}

/** Puts the hash right in bytes: going through text would repair broken UTF-8. */
function rehash(line: Buffer): Buffer {
  const rest = line.subarray(OPENING + 66)
  const digest = hash('sha256', Buffer.concat([Buffer.from('\0{'), rest]))
  return Buffer.concat([Buffer.from(`{"hash":"sha256:${digest}",`), rest])
}

async function isAccepted(dir: string, line: Buffer): Promise<boolean> {
  const file = join(dir, 'line.jsonl')
  writeFileSync(file, Buffer.concat([line, Buffer.from('\n')]))
  const report = await verifyLog(file)
  if (!report.valid && report.code === 'HASH_MISMATCH') throw new Error('the test made a wrong hash')
  return report.valid
}

const SAMPLES = [
  'null',
  '{}',
  '{"a":[]}',
  '{"a":[1,2.5,-3,0,1e+21,1e-7,123456789012345,1234567890123456,0.000001,9007199254740992]}',
  '{"":"","a":"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\\u000b/","aa":{"b":true,"c":false,"d":null}}',
  '{"é":"日本","€":"😀","😀":"\u007f\u2028","\ufb33":1}',
  '{"1":1,"10":2,"2":3,"__proto__":4}',
  '{"\\n":1,"\\r":2,"a\\\\":3,"a\\\\b":4}',
]

const REFUSED = [
  ...['-0', '00', '01', '1.0', '1.', '.5', '1e5', '1E21', '1e21', '1e+05', '0.0', '-', '+1', '1e400', 'NaN', '0x1'],
  ...['12345678901234567890', '9007199254740993', '0.1000000000000000055', '1e-6', '100000000000000000000000'],
  ...[
    '"\\/"',
    '"\\u0041"',
    '"\\u001F"',
    '"\\u000a"',
    '"\\u0008"',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"\t"',
    '"\\u007f"',
    '"\\x"',
  ],
  ...[
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1,}',
    '{"a" :1}',
    '{"a": 1}',
    '{"a":1 }',
    '{ }',
    '[ ]',
    '[1,]',
    '[1, 2]',
    '[,]',
  ],
  ...[
    '{"\\r":1,"\\n":2}',
    '{"\ufb33":1,"😀":2}',
    '{"é":1,"e":2}',
    '{"a\\\\b":1,"a\\\\":2}',
    '{"ab":1,"a":2}',
    'tru',
    'nulL',
    '',
  ],
  ...['undefined', "'a'", '"a', '{"a"}', '{1:1}', '[1', '[1}', '{"a":1]'],
]

test.each(SAMPLES)('accepts %s', async (metadata) => {
  expect(await isAccepted(temporary(), rehash(Buffer.from(lineOf(metadata))))).toBe(true)
})

test.each(REFUSED)('refuses the value %s', async (value) => {
  const line = rehash(Buffer.from(lineOf(`{"v":${value}}`)))
  expect(isEntry(line)).toBe(false)
  expect(await isAccepted(temporary(), line)).toBe(false)
})

test.each([
  ['an overlong form', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['a lone continuation', [0x80]],
  ['a sequence cut short', [0xe2, 0x82]],
])('refuses UTF-8 with %s', async (_, bytes) => {
  const [before = '', after = ''] = lineOf('{"v":"@"}').split('@')
  const line = rehash(Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]))
  expect(await isAccepted(temporary(), line)).toBe(false)
})

test.each(['[]', '"text"', '1', 'true'])('refuses metadata that is %s', async (metadata) => {
  expect(await isAccepted(temporary(), rehash(Buffer.from(lineOf(metadata))))).toBe(false)
})

test('accepts 64 levels and refuses 65', async () => {
  const nested = (levels: number): string => `{"v":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  expect(await isAccepted(temporary(), rehash(Buffer.from(lineOf(nested(64)))))).toBe(true)
  expect(await isAccepted(temporary(), rehash(Buffer.from(lineOf(nested(65)))))).toBe(false)
})

test('accepts a line of 65,535 bytes and refuses one more', async () => {
  const room = 65_535 - lineOf('{"v":""}').length
  expect(await isAccepted(temporary(), rehash(Buffer.from(lineOf(`{"v":"${'a'.repeat(room)}"}`))))).toBe(true)
  expect(await isAccepted(temporary(), rehash(Buffer.from(lineOf(`{"v":"${'a'.repeat(room + 1)}"}`))))).toBe(false)
})

test('agrees with the definition on thousands of mutated lines', { timeout: 30_000 + ROUNDS * 2 }, async () => {
  const dir = temporary()
  const random = generator(20_260_131)
  const pool = Buffer.from('"\\{}[]:,0123456789.eE+-ntrufabls é€😀 \t\0\x7f')
  let accepted = 0
  for (let round = 0; round < ROUNDS; round++) {
    let line: Buffer = Buffer.from(lineOf(SAMPLES[random(SAMPLES.length)] ?? 'null'))
    for (let times = random(3); times >= 0; times--) {
      // Behind the hash, which is put right afterwards, and before the end of the line.
      const at = OPENING + 66 + random(line.length - OPENING - 66)
      const byte = pool[random(pool.length)] ?? 0
      const kind = random(8)
      const [before, after] = [line.subarray(0, at), line.subarray(at)]
      if (kind === 0) line = Buffer.concat([before, Buffer.of(byte), after])
      else if (kind === 1) line = Buffer.concat([before, after.subarray(1)])
      else if (kind === 2) line = Buffer.concat([before, Buffer.of(byte), after.subarray(1)])
      else if (kind === 3) line = Buffer.concat([before, after.subarray(0, 4), after])
      else line = Buffer.concat([before, Buffer.of(sibling(line[at] ?? 0, random)), after.subarray(1)])
    }
    if (line.includes(0x0a)) continue
    line = rehash(line)
    const expected = isEntry(line)
    if (expected) accepted++
    if ((await isAccepted(dir, line)) !== expected) expect.fail(`${line.toString()} should be ${String(expected)}`)
  }
  // Neither answer may be rare, or the comparison says little.
  expect(accepted).toBeGreaterThan(ROUNDS / 20)
})

/** Another letter for a letter, another digit for a digit: changes that often leave a line canonical. */
function sibling(byte: number, random: (below: number) => number): number {
  if (byte >= 0x61 && byte <= 0x7a) return 0x61 + random(26)
  return byte >= 0x30 && byte <= 0x39 ? 0x30 + random(10) : byte
}

function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
