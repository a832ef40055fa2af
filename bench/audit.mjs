// Audit records per second, durable, and verification of a million entries, beside what others do in the same run. Ratios
// to the baselines of a run hold between machines; absolute numbers do not.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPairSync, hash } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pino } from 'pino'
import lockfile from 'proper-lockfile'

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

/** What a figure should be, on a quiet machine. */
export const aims = {
  'record, 1 in flight, p50 in ms': { most: 1 },
  'record, 64 in flight': { least: 20_000 },
  'record, 512 in flight': { least: 60_000 },
  'record, 64 in flight in each of 8 processes': { least: 40_000 },
  'verify strict, entries per second': { least: 60_000 },
  'verify strict, peak RSS in MB': { most: 64 },
  'verify fast, entries per second': { least: 200_000 },
  'verify fast, peak RSS in MB': { most: 64 },
  'proof of one entry of a million, ms, median': { most: 20 },
  'proof of one entry of a million, hashes': { most: 20 },
}

/** Measures, and gives named figures; rates are per second. */
export async function run() {
  const dir = mkdtempSync(join(tmpdir(), 'loki-bench-audit-'))
  try {
    const baseline = baselines(dir)
    const others = await otherLogs(dir)
    const durable1 = await record(join(dir, 'one'), { flight: 1, seconds: 2 })
    const durable64 = await record(join(dir, 'many'), { flight: 64, seconds: 3 })
    const linked64 = await linked(join(dir, 'linked'), { flight: 64, seconds: 3 })
    const signed64 = await record(join(dir, 'signed'), { flight: 64, seconds: 3, ...SIGNED })
    const durable512 = await record(join(dir, 'durable512'), { flight: 512, seconds: 3 })
    const eight = await processes(join(dir, 'eight'), { count: 8, flight: 64, seconds: 4 })
    const signed512 = await record(join(dir, 'signed512'), { flight: 512, seconds: 3, ...SIGNED })
    const million = join(dir, 'million')
    mkdirSync(million)
    writeMillion(join(million, 'audit.jsonl'))
    const bytesPerEntry = Math.round(statSync(join(million, 'audit.jsonl')).size / ENTRIES)
    const strict = verifyMillion(million, 'strict')
    const fast = verifyMillion(million, 'fast')
    const fromScratch = await openMillion(million)
    const fromTree = await openMillion(million)
    const strictSigned = verifyMillion(million, 'strict')
    const fastSigned = verifyMillion(million, 'fast')
    const proof = await proveMillion(million)
    return {
      'append without sync (baseline)': baseline.append,
      'write + fdatasync each (baseline)': baseline.synced,
      'pino + sonic-boom, fsync each': others.pino,
      'append under proper-lockfile + fdatasync each': others.lockfile,
      'record, 1 in flight': durable1.rate,
      'record, 1 in flight, p50 in ms': durable1.p50,
      'record, 64 in flight': durable64.rate,
      'record, 512 in flight': durable512.rate,
      'record, 64 in flight in each of 8 processes': eight,
      'record, 64 in flight, with checkpoints': signed64.rate,
      'record, 512 in flight, with checkpoints': signed512.rate,
      'record, 64 in flight, through another writer': linked64.rate,
      'record 1 in flight / write + fdatasync each': ratio(durable1.rate, baseline.synced),
      'record 64 in flight / write + fdatasync each': ratio(durable64.rate, baseline.synced),
      'record 64 in flight / pino + sonic-boom, fsync each': ratio(durable64.rate, others.pino),
      'record 64 in flight / proper-lockfile each': ratio(durable64.rate, others.lockfile),
      'verify strict, entries per second': strict.rate,
      'verify strict, peak RSS in MB': strict.peakMb,
      'verify fast, entries per second': fast.rate,
      'verify fast, peak RSS in MB': fast.peakMb,
      'verify, bytes per entry': bytesPerEntry,
      'verify strict against checkpoints, entries per second': strictSigned.rate,
      'verify strict against checkpoints, peak RSS in MB': strictSigned.peakMb,
      'verify fast against checkpoints, entries per second': fastSigned.rate,
      'first record after a million, tree rebuilt, ms': fromScratch,
      'first record after a million, tree kept, ms': fromTree,
      'proof of one entry of a million, ms, first': proof.first,
      'proof of one entry of a million, ms, median': proof.median,
      'proof of growth to a million, ms, median': proof.growth,
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
  const times = []
  const caller = async () => {
    for (let now = performance.now(); now - begin < seconds * 1000;) {
      await log.record(SAMPLE)
      const then = performance.now()
      times.push(then - now)
      now = then
    }
  }
  await Promise.all(Array.from({ length: flight }, caller))
  return { rate: Math.round((times.length / (performance.now() - begin)) * 1000), p50: median(times) }
}

/** Many processes that record into one folder, all at the same time. */
async function processes(dir, { count, flight, seconds }) {
  const script = `
    import { openAudit } from ${JSON.stringify(ENTRY)}
    const log = openAudit({ dir: ${JSON.stringify(dir)}, enabled: true, env: {} })
    const sample = ${JSON.stringify(SAMPLE)}
    await log.record(sample)
    process.stdout.write('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    const begin = performance.now()
    let done = 0
    await Promise.all(Array.from({ length: ${flight} }, async () => {
      while (performance.now() - begin < ${seconds * 1000}) { await log.record(sample); done++ }
    }))
    process.stdout.write(' ' + done)
    process.stdin.destroy()
    await log.close()`
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  const outputs = children.map(() => '')
  children.forEach((child, index) => child.stdout.on('data', (data) => (outputs[index] += data)))
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  const ended = children.map((child) => once(child, 'close'))
  for (const child of children) child.stdin.write('go')
  await Promise.all(ended)
  const total = outputs.reduce((sum, output) => sum + Number(output.split(' ')[1]), 0)
  return Math.round(total / seconds)
}

/** What else one would write a line durably with: none of them chains, and none of them waits for company. */
async function otherLogs(dir) {
  const destination = pino.destination({ dest: join(dir, 'pino.jsonl'), sync: true, fsync: true })
  const logger = pino(destination)
  const pinoRate = during(2, () => logger.info(SAMPLE))
  destination.end()
  const file = join(dir, 'locked.jsonl')
  const fd = openSync(file, 'a')
  const line = `${JSON.stringify(SAMPLE)}\n`
  const begin = performance.now()
  let count = 0
  while (performance.now() - begin < 2000) {
    const release = await lockfile.lock(file, { retries: 10 })
    writeSync(fd, line)
    fdatasyncSync(fd)
    await release()
    count++
  }
  closeSync(fd)
  return { pino: pinoRate, lockfile: Math.round((count / (performance.now() - begin)) * 1000) }
}

/** In a child process, so that the peak of memory is that of verification alone. */
function verifyMillion(dir, mode) {
  const script = `
    import { verifyLog } from ${JSON.stringify(ENTRY)}
    const begin = performance.now()
    const { valid, entries, error } = await verifyLog(${JSON.stringify(dir)}, { mode: ${JSON.stringify(mode)} })
    if (!valid || entries < ${ENTRIES}) throw new Error(error ?? 'wrong count')
    const rate = Math.round((entries / (performance.now() - begin)) * 1000)
    console.log(JSON.stringify({ rate, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return JSON.parse(output)
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
  const { proveEntry, proveConsistency } = await import(ENTRY)
  const old = readFileSync(join(dir, 'checkpoints.jsonl'), 'utf8').split('\n')[0]
  const times = []
  const growth = []
  let proof = ''
  for (let seq = 777_777; seq > 100_000; seq -= 66_666) {
    const begin = performance.now()
    proof = await proveEntry(dir, seq)
    times.push(performance.now() - begin)
    const second = performance.now()
    await proveConsistency(dir, JSON.parse(old).checkpoint)
    growth.push(performance.now() - second)
  }
  return {
    first: Math.round(times[0]),
    median: median(times),
    growth: median(growth),
    hashes: proof.slice(0, proof.indexOf('\n\n')).split('\n').length - 3,
  }
}

function median(times) {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 100) / 100
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
    console.log(`${name.padEnd(56)} ${value.toLocaleString('en')}`)
}
