// Audit records per second, durable, and verification of a million entries. Ratios to the baselines of the same run hold
// between machines; absolute numbers do not.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, hash } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ENTRY = new URL('../packages/audit/dist/index.js', import.meta.url).href
const SAMPLE = {
  who: 'agent:claude/sess-1',
  what: 'action.decided',
  where: '/home/dev/project',
  why: null,
  metadata: { command: 'pnpm test --filter audit', decision: 'ALLOW', durationMs: 12, paths: ['src/a.ts'] },
}
const ENTRIES = 1_000_000
const SIGNED = { checkpoints: true, signingKey: generateKeyPairSync('ed25519').privateKey }

/** Measures, and gives named figures; rates are per second. */
export async function run() {
  const dir = mkdtempSync(join(tmpdir(), 'loki-bench-audit-'))
  try {
    const baseline = baselines(dir)
    const durable1 = await record(join(dir, 'one'), { flight: 1, seconds: 2 })
    const durable64 = await record(join(dir, 'many'), { flight: 64, seconds: 3 })
    const linked64 = await linked(join(dir, 'linked'), { flight: 64, seconds: 3 })
    const signed64 = await record(join(dir, 'signed'), { flight: 64, seconds: 3, ...SIGNED })
    const signed512 = await record(join(dir, 'signed512'), { flight: 512, seconds: 3, ...SIGNED })
    const million = join(dir, 'million')
    mkdirSync(million)
    writeMillion(join(million, 'audit.jsonl'))
    const verify = verifyMillion(million)
    const fromScratch = await openMillion(million)
    const fromTree = await openMillion(million)
    const verifySigned = verifyMillion(million)
    const proof = await proveMillion(million)
    return {
      'append without sync (baseline)': baseline.append,
      'write + fdatasync each (baseline)': baseline.synced,
      'record, 1 in flight': durable1,
      'record, 64 in flight': durable64,
      'record, 64 in flight, with checkpoints': signed64,
      'record, 512 in flight, with checkpoints': signed512,
      'record, 64 in flight, through another writer': linked64,
      'record 1 in flight / write + fdatasync each': ratio(durable1, baseline.synced),
      'record 64 in flight / write + fdatasync each': ratio(durable64, baseline.synced),
      'verify, entries per second': verify.rate,
      'verify, peak RSS in MB': verify.peakMb,
      'verify, bytes per entry': verify.bytesPerEntry,
      'verify against checkpoints, entries per second': verifySigned.rate,
      'verify against checkpoints, peak RSS in MB': verifySigned.peakMb,
      'first record after a million, tree rebuilt, ms': fromScratch,
      'first record after a million, tree kept, ms': fromTree,
      'proof of one entry of a million, ms': proof.ms,
      'proof of one entry of a million, hashes': proof.hashes,
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function baselines(dir) {
  const line = `${JSON.stringify({ ...SAMPLE, hash: 'x'.repeat(71), previousHash: 'x'.repeat(71) })}\n`
  const file = join(dir, 'baseline.jsonl')
  const append = during(1, () => appendFileSync(file, line))
  const fd = openSync(file, 'a')
  const synced = during(2, () => {
    writeSync(fd, line)
    fdatasyncSync(fd)
  })
  closeSync(fd)
  return { append, synced }
}

function during(seconds, step) {
  const begin = performance.now()
  let count = 0
  do {
    step()
    count++
  } while (performance.now() - begin < seconds * 1000)
  return Math.round((count / (performance.now() - begin)) * 1000)
}

async function record(dir, options) {
  const { openAudit } = await import(ENTRY)
  const { flight, seconds, ...signing } = options
  const log = openAudit({ dir, enabled: true, env: {}, ...signing })
  const rate = await flood(log, { flight, seconds })
  await log.close()
  return rate
}

/** Two logs of one folder: the second hands its records to the first over the socket, as another process would. */
async function linked(dir, options) {
  const { openAudit } = await import(ENTRY)
  const writer = openAudit({ dir, enabled: true, env: {} })
  await writer.record(SAMPLE)
  const rate = await record(dir, options)
  await writer.close()
  return rate
}

async function flood(log, { flight, seconds }) {
  await log.record(SAMPLE)
  const begin = performance.now()
  let count = 0
  const caller = async () => {
    while (performance.now() - begin < seconds * 1000) {
      await log.record(SAMPLE)
      count++
    }
  }
  await Promise.all(Array.from({ length: flight }, caller))
  return Math.round((count / (performance.now() - begin)) * 1000)
}

/** In a child process, so that the peak of memory is that of verification alone. */
function verifyMillion(dir) {
  const file = join(dir, 'audit.jsonl')
  const script = `
    import { verifyLog } from ${JSON.stringify(ENTRY)}
    const begin = performance.now()
    const { valid, entries, error } = await verifyLog(${JSON.stringify(file)})
    if (!valid || entries < ${ENTRIES}) throw new Error(error ?? 'wrong count')
    const rate = Math.round((entries / (performance.now() - begin)) * 1000)
    console.log(JSON.stringify({ rate, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return { ...JSON.parse(output), bytesPerEntry: Math.round(statSync(file).size / ENTRIES) }
}

/** How long the first record of a new writer takes, which needs the tree of what is there. */
async function openMillion(dir) {
  const { openAudit } = await import(ENTRY)
  const log = openAudit({ dir, enabled: true, env: {}, timeoutMs: 600_000, ...SIGNED })
  const begin = performance.now()
  await log.record(SAMPLE)
  const ms = Math.round(performance.now() - begin)
  await log.close()
  return ms
}

async function proveMillion(dir) {
  const { proveEntry } = await import(ENTRY)
  const begin = performance.now()
  const proof = await proveEntry(dir, 777_777)
  const ms = Math.round(performance.now() - begin)
  return { ms, hashes: proof.slice(0, proof.indexOf('\n\n')).split('\n').length - 3 }
}

/** Writes the format by its page in docs/formats, not by the package, so that a wrong writer cannot hide. */
function writeMillion(file) {
  const fd = openSync(file, 'w')
  const { command, decision, durationMs, paths } = SAMPLE.metadata
  const metadata = JSON.stringify({ command, decision, durationMs, paths })
  let previous = 'GENESIS'
  let text = ''
  for (let seq = 0; seq < ENTRIES; seq++) {
    const body = `"metadata":${metadata},"previousHash":"${previous}","seq":${seq},"timestamp":"2026-01-31T12:00:00.000Z","what":"${SAMPLE.what}","where":"${SAMPLE.where}","who":"${SAMPLE.who}","why":null}`
    previous = `sha256:${hash('sha256', `\0{${body}`)}`
    text += `{"hash":"${previous}",${body}\n`
    if (text.length > 1_000_000 || seq === ENTRIES - 1) {
      writeSync(fd, text)
      text = ''
    }
  }
  closeSync(fd)
}

function ratio(value, base) {
  return Math.round((value / base) * 100) / 100
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, value] of Object.entries(await run()))
    console.log(`${name.padEnd(48)} ${value.toLocaleString('en')}`)
}
