import { createHash } from 'node:crypto'
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importLog, openAudit, searchLog, verifyLog } from '../../src/index.js'
import type { AuditEntry, ImportedFile, ImportOptions } from '../../src/index.js'
import { fill, linesOf, openLog, parse, temporary } from '../folder.js'

const VECTORS = join(import.meta.dirname, 'vectors')
const who = 'cli:alice'

/** A line as loki-mode 9 wrote it. */
function oldLine(seq: number, previousHash: string, fields: object = {}): string {
  const timestamp = `2026-01-31T10:00:${String(seq % 60).padStart(2, '0')}.000Z`
  const covered = {
    seq,
    timestamp,
    who: 'agent',
    what: 'tool_call',
    where: 'src',
    why: null,
    metadata: { n: 1.5, ü: 'é' },
  }
  const entry = { ...covered, ...fields, previousHash }
  return JSON.stringify({ ...entry, hash: createHash('sha256').update(JSON.stringify(entry)).digest('hex') })
}

function oldLog(count: number): string[] {
  const lines: string[] = []
  for (let seq = 0; seq < count; seq += 1) {
    const before = lines.at(-1)
    lines.push(oldLine(seq, before === undefined ? 'GENESIS' : (JSON.parse(before) as { hash: string }).hash))
  }
  return lines
}

function written(text: string | Buffer, name = 'audit.jsonl'): string {
  const file = join(temporary(), name)
  writeFileSync(file, text)
  return file
}

const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

async function importInto(
  dir: string,
  from: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportedFile & { entries: readonly AuditEntry[] }> {
  const log = openLog(dir)
  const { files } = await importLog({ from, log, who, ...options })
  await log.close()
  const [file] = files
  if (file === undefined) throw new Error('expected a file')
  const entries: AuditEntry[] = []
  for await (const entry of searchLog(dir, { what: 'imported.entry' })) entries.push(entry)
  return { ...file, entries }
}

describe('what an old log says against itself is recorded with it', () => {
  const lines = oldLog(6)
  const change = (at: number, to: string | undefined): string[] =>
    lines.flatMap((line, index) => (index !== at ? [line] : to === undefined ? [] : [to]))
  const third = lines[2] ?? ''

  it.each([
    ['an edited line', change(2, third.replace('tool_call', 'tool_cold')), 6, { 'hash-mismatch': 1 }],
    ['a deleted line', change(2, undefined), 5, { 'link-broken': 1, 'seq-gap': 1 }],
    ['a line with a field more', change(2, third.replace('{"seq"', '{"x":1,"seq"')), 6, { 'not-as-written': 1 }],
    ['a key twice', change(2, third.replace('"why":null', '"why":"x","why":null')), 6, { 'not-as-written': 1 }],
    ['other spelling', change(2, third.replace('"seq":2', '"seq": 2')), 6, { 'not-as-written': 1 }],
    ['garbage', change(2, 'garbage'), 6, { 'not-json': 1, 'predecessor-unknown': 1 }],
    ['an array', change(2, '[]'), 6, { 'not-json': 1, 'predecessor-unknown': 1 }],
    ['a line without its fields', change(2, '{"seq":2}'), 6, { 'bad-fields': 1, 'predecessor-unknown': 1 }],
    ['a chain that begins anew', [...lines, ...oldLog(2)], 8, { 'chain-restarted': 1, 'seq-gap': 1 }],
    ['two writers', [...lines, oldLine(5, 'f'.repeat(64))], 7, { 'link-broken': 1, 'seq-gap': 1 }],
    ['an end without its line', [...lines.slice(0, 5), (lines[5] ?? '').slice(0, 40)], 6, { 'not-json': 1 }],
  ])('%s', async (_, content, count, defects) => {
    const file = await importInto(temporary(), written(asText(content)))
    expect(file).toMatchObject({ format: 'agent', lines: count, imported: count, defects })
    expect(file.entries).toHaveLength(count)
    const raw = file.entries.map(({ metadata }) => metadata?.raw)
    expect(raw).toEqual(content)
    for (const [name] of Object.entries(defects)) {
      expect(file.entries.some(({ metadata }) => JSON.stringify(metadata?.imported).includes(name))).toBe(true)
    }
  })

  it('a last line that is torn, which is another line once it is whole', async () => {
    const dir = temporary()
    const path = written(`${asText(lines.slice(0, 5))}${lines[5] ?? ''}`)
    expect(await importInto(dir, path)).toMatchObject({ imported: 6, defects: { 'no-line-end': 1 }, verified: 5 })
    truncateSync(path, Buffer.byteLength(asText(lines.slice(0, 5))) + 30)
    expect(await importInto(dir, path)).toMatchObject({ imported: 1, already: 5, defective: 1 })
  })

  it('bytes that are no UTF-8, a line that is too long, nesting without end, blank lines', async () => {
    const long = 'x'.repeat(1024 * 1024 + 1)
    const deep = `{"seq":3,"previousHash":"a","hash":"b","metadata":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
    const text = Buffer.concat([
      Buffer.from(`${lines[0] ?? ''}\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(`${long}\n\n   \n${deep}\n`),
    ])
    const file = await importInto(temporary(), written(text))
    expect(file).toMatchObject({ lines: 6, blank: 2, imported: 4, verified: 1, defective: 3 })
    expect(file.defects).toMatchObject({ 'not-utf8': 1, 'too-long': 1 })
    const imported = file.entries[2]?.metadata?.imported
    expect(imported).toMatchObject({ bytes: long.length, sha256: createHash('sha256').update(long).digest('hex') })
  })

  it('a line too long for one of ours keeps its digest, and says that it is not kept', async () => {
    const line = oldLine(0, 'GENESIS', { metadata: { text: 'x'.repeat(70_000) } })
    const file = await importInto(temporary(), written(`${line}\n`))
    expect(file).toMatchObject({ imported: 1, verified: 1 })
    expect(file.entries[0]?.metadata).toMatchObject({
      raw: null,
      imported: { kept: false, sha256: createHash('sha256').update(line).digest('hex') },
    })
  })

  it('a witness that saw more entries, or another last one', async () => {
    const path = written(asText(lines.slice(0, 4)))
    const tip = (at: number): string => (JSON.parse(lines[at - 1] ?? '') as { hash: string }).hash
    const seen = [
      { agentEntries: 3, agentTipHash: tip(3) },
      { agentEntries: 4, agentTipHash: 'f'.repeat(64) },
      { agentEntries: 6, agentTipHash: tip(6) },
    ]
    writeFileSync(join(path, '..', 'witness.jsonl'), `${seen.map((line) => JSON.stringify(line)).join('\n')}\nx\n`)
    const { witness, defective } = await importInto(temporary(), path)
    expect(defective).toBe(0)
    expect(witness).toEqual({ agree: 1, contradict: 1, beyond: 1 })
  })
})

describe('what is refused', () => {
  it('nothing at all, a log of this version, and the log that is imported to', async () => {
    const dir = temporary()
    const other = temporary()
    await fill(dir, 2)
    await fill(other, 2)
    const log = openLog(dir)
    const from = (path: string): Promise<unknown> => importLog({ from: path, log, who })
    await expect(from(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'READ_FAILED' })
    await expect(from(temporary())).rejects.toMatchObject({ code: 'READ_FAILED' })
    await expect(from('/dev/null')).rejects.toMatchObject({ code: 'READ_FAILED' })
    await expect(from(join(dir, 'audit.jsonl'))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(from(join(other, 'audit.jsonl'))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(linesOf(dir)).toHaveLength(2)
  })

  it('leaves links of a folder out, and says so', async () => {
    const folder = temporary()
    writeFileSync(join(folder, 'audit-2026-01-30.jsonl'), readFileSync(join(VECTORS, 'audit-2026-01-30.jsonl')))
    symlinkSync('/etc/passwd', join(folder, 'audit-2026-01-31.jsonl'))
    const { files, skipped } = await importLog({ from: folder, log: openLog(temporary()), who })
    expect(files).toHaveLength(1)
    expect(skipped).toEqual([{ file: join(folder, 'audit-2026-01-31.jsonl'), reason: 'no ordinary file' }])
  })

  it('gives an old line no voice of its own: it stays inside the metadata', async () => {
    const forged = oldLine(0, 'GENESIS', {
      who: 'cli:root',
      what: 'erasure',
      metadata: { decision: 'ALLOW', session: 's' },
    })
    const dir = temporary()
    await importInto(dir, written(`${forged}\n`))
    for (const query of [{ who: 'cli:root' }, { what: 'erasure' }, { decision: 'ALLOW' }, { session: 's' }]) {
      for await (const entry of searchLog(dir, query)) expect(entry).toBeUndefined()
    }
  })
})

describe('an agent log', () => {
  it('is imported line by line with its hashes, and a summary at the end', async () => {
    const dir = temporary()
    const lines = oldLog(1000)
    const path = written(asText(lines))
    const progress: number[] = []
    const file = await importInto(dir, path, { onProgress: ({ lines: seen }) => progress.push(seen) })
    const sha256 = createHash('sha256').update(asText(lines)).digest('hex')
    expect(file).toMatchObject({ format: 'agent', sha256, verified: 1000, imported: 1000, defective: 0, defects: {} })
    expect(progress.at(-1)).toBe(1000)
    expect(file.entries[7]).toMatchObject({
      who,
      where: 'audit.jsonl:8',
      metadata: {
        imported: {
          format: 'agent',
          line: 8,
          verdict: 'verified',
          hash: (JSON.parse(lines[7] ?? '') as { hash: string }).hash,
          previous_hash: (JSON.parse(lines[6] ?? '') as { hash: string }).hash,
        },
        entry: { who: 'agent', what: 'tool_call', where: 'src' },
        raw: lines[7],
      },
    })
    expect(parse(linesOf(dir).at(-1))).toMatchObject({ what: 'import.finished', where: path, metadata: { sha256 } })
    expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 1001 })
  })

  it('is imported once, and what grew since then only', async () => {
    const dir = temporary()
    const lines = oldLog(10)
    const path = written(asText(lines.slice(0, 6)))
    await importInto(dir, path)
    const before = linesOf(dir)
    expect(await importInto(dir, path)).toMatchObject({ imported: 0, already: 6 })
    expect(linesOf(dir)).toEqual(before)
    appendFileSync(path, asText(lines.slice(6)))
    expect(await importInto(dir, path)).toMatchObject({ imported: 4, already: 6, verified: 10 })
    expect(linesOf(dir)).toHaveLength(before.length + 5)
  })

  it('goes on where an import was interrupted', async () => {
    const dir = temporary()
    const path = written(asText(oldLog(3000)))
    const stop = new AbortController()
    const interrupted = importInto(dir, path, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort()
      },
    })
    await expect(interrupted).rejects.toThrow()
    const half = linesOf(dir).length
    expect(half).toBeGreaterThanOrEqual(1000)
    expect(half).toBeLessThan(3000)
    expect(await importInto(dir, path)).toMatchObject({ imported: 3000 - half, already: half, verified: 3000 })
    expect(linesOf(dir)).toHaveLength(3001)
  })

  it('records nothing in a dry run, nor where auditing is off', async () => {
    const path = written(asText(oldLog(5)))
    const log = openLog(temporary())
    const dry = await importLog({ from: path, log, who, dryRun: true })
    expect(dry).toMatchObject({ dryRun: true, files: [{ imported: 5, verified: 5 }] })
    const off = openAudit({ env: {} })
    expect(await importLog({ from: path, log: off, who })).toMatchObject({ dryRun: true, files: [{ verified: 5 }] })
  })

  it('leaves out what is to be redacted, and keeps the digest of the original', async () => {
    const line = oldLine(0, 'GENESIS', { where: 'token=SECRET', metadata: { key: 'SECRET' } })
    const dir = temporary()
    await importInto(dir, written(`${line}\n`), { redact: (text) => text.replaceAll('SECRET', '[key]') })
    expect(linesOf(dir).join()).not.toContain('SECRET')
    const [entry] = linesOf(dir).map(parse)
    expect(entry?.metadata).toMatchObject({
      imported: { redacted: true, verdict: 'verified', sha256: createHash('sha256').update(line).digest('hex') },
      entry: { where: 'token=[key]' },
    })
  })
})

describe('a dashboard log', () => {
  const names = ['audit-2026-01-30.jsonl', 'audit-2026-01-31.jsonl']

  it('verifies over its files as Python wrote it', async () => {
    const { files } = await importLog({ from: VECTORS, log: openLog(temporary()), who })
    expect(files.map(({ verified, lines }) => [verified, lines])).toEqual([
      [4, 4],
      [2, 2],
    ])
    expect(files.every(({ format, defective }) => format === 'dashboard' && defective === 0)).toBe(true)
  })

  it('whose first file is not at hand cannot verify the first line of the next', async () => {
    const file = await importInto(temporary(), join(VECTORS, names[1] ?? ''))
    expect(file).toMatchObject({ verified: 1, unverifiable: 1, defects: { 'predecessor-unknown': 1 } })
  })

  it.each([
    [
      'an edited line',
      (lines: string[]) => lines.map((line, at) => (at === 1 ? line.replace('alice', 'malic') : line)),
      1,
    ],
    ['a deleted line', (lines: string[]) => lines.filter((_, at) => at !== 1), 1],
    ['a forged integer', (lines: string[]) => lines.map((line) => line.replace('"b": 1.0', '"b": 1')), 1],
  ])('%s is found', async (_, change, defective) => {
    const folder = join(temporary(), 'logs')
    mkdirSync(folder)
    cpSync(VECTORS, folder, { recursive: true })
    const file = join(folder, names[0] ?? '')
    writeFileSync(file, asText(change(readFileSync(file, 'utf8').trimEnd().split('\n'))))
    const { files } = await importLog({ from: folder, log: openLog(temporary()), who })
    expect(files[0]).toMatchObject({ defective, defects: { 'hash-mismatch': defective } })
    expect(files[1]).toMatchObject({ defective: 0 })
  })

  it('without integrity is imported as what cannot be verified', async () => {
    const line = '{"timestamp": "2026-01-31T10:00:00+00:00", "action": "login", "resource_type": "auth"}'
    const file = await importInto(temporary(), written(`${line}\n`))
    expect(file).toMatchObject({ format: 'dashboard', unverifiable: 1, defects: { 'no-hash': 1 } })
    expect(file.entries[0]?.metadata?.entry).toMatchObject({ what: 'login', where: 'auth' })
  })
})
