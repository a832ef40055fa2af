// What telemetry costs: `node bench/otel.mjs` after `pnpm build`. Ratios to an empty call of the same run hold between machines.
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

const ENTRY = new URL('../packages/otel/dist/index.js', import.meta.url).href
const NOTHING = new URL('../tests/packages/programs/nothing.mjs', import.meta.url).href
const CALLS = 20_000_000
const SPANS = 100_000
const ROUNDS = 5

/** What a figure should be, on a quiet machine. */
export const aims = {
  'disabled span over an empty call, ns': { most: 5 },
  'create and end, per second': { least: 300_000 },
  'typed create and end, per second': { least: 300_000 },
  'delivered of 100,000': { least: SPANS },
  'built-ins that opening it off loads': { most: 0 },
}

/** Measures, and gives named figures; the best of some rounds, for others use the machine too. */
export async function run() {
  const { openTelemetry, openMetrics } = await import(ENTRY)
  const off = openTelemetry({ env: {} })
  const empty = best(() => emptyCalls(emptySpan))
  const disabled = best(() => disabledCalls(off.startSpan))
  const collector = await startCollector()
  try {
    const plain = []
    const typed = []
    let delivery
    for (let round = 0; round < ROUNDS; round += 1) {
      const telemetry = openTelemetry({ endpoint: collector.url, env: {}, flushAt: [], maxQueueBytes: 1e9 })
      const project = telemetry.startProjectSpan('p1')
      plain.push(perSecond(SPANS, () => telemetry.startSpan('work').end()))
      typed.push(perSecond(SPANS, () => telemetry.startTaskSpan(project, 't1').end()))
      await telemetry.close()
      delivery = await deliver(openTelemetry, collector)
    }
    const metrics = openMetrics()
    const labels = { decision: 'ALLOW', kind: 'command', host: 'claude' }
    return {
      'empty call, ns': round(empty),
      'disabled span, ns': round(disabled),
      'disabled span over an empty call, ns': round(disabled - empty),
      'create and end, per second': Math.max(...plain),
      'typed create and end, per second': Math.max(...typed),
      'delivered of 100,000': delivery.delivered,
      'delivery, CPU µs per span (collector included)': delivery.cpu,
      'counter with three labels, per second': perSecond(1_000_000, () => metrics.decisions.add(1, labels)),
      ...importing(),
    }
  } finally {
    collector.stop()
  }
}

const SPAN = Object.freeze({ end: () => undefined })

function emptySpan() {
  return SPAN
}

// Two functions of one text: a loop that has seen both calls would be slow for either.
function emptyCalls(start) {
  const since = performance.now()
  for (let made = 0; made < CALLS; made += 1) start('work').end()
  return ((performance.now() - since) * 1e6) / CALLS
}

function disabledCalls(start) {
  const since = performance.now()
  for (let made = 0; made < CALLS; made += 1) start('work').end()
  return ((performance.now() - since) * 1e6) / CALLS
}

function best(measure) {
  return Math.min(...Array.from({ length: ROUNDS }, measure))
}

function perSecond(count, work) {
  const since = performance.now()
  for (let made = 0; made < count; made += 1) work()
  return Math.round((count / (performance.now() - since)) * 1000)
}

async function deliver(openTelemetry, { url }) {
  const telemetry = openTelemetry({ endpoint: url, env: {}, flushAt: [], maxQueueBytes: 1e9, flushTimeoutMs: 60_000 })
  const cpu = process.cpuUsage()
  for (let made = 0; made < SPANS; made += 1) telemetry.startSpan('work').end()
  await telemetry.close()
  const { user, system } = process.cpuUsage(cpu)
  return { delivered: telemetry.counts().traces.delivered, cpu: round((user + system) / SPANS) }
}

/** Times of a new process vary by more than an import takes, so it is timed inside, beside a module that holds nothing. */
function importing() {
  const program = `
    const first = performance.now()
    await import(${JSON.stringify(NOTHING)})
    const before = new Set(process.moduleLoadList)
    const since = performance.now()
    const { openTelemetry } = await import(${JSON.stringify(ENTRY)})
    const imported = performance.now()
    openTelemetry({ env: {} }).startSpan('work').end()
    const opened = performance.now()
    const loaded = process.moduleLoadList.filter((name) => !before.has(name) && !name.includes('internal'))
    console.log(JSON.stringify({ nothing: since - first, imported: imported - since, opened: opened - imported, loaded }))`
  const runs = Array.from({ length: 2 * ROUNDS }, () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    return JSON.parse(stdout)
  })
  const least = (name) => round(Math.min(...runs.map((one) => one[name])))
  return {
    'first import of a module that holds nothing, ms': least('nothing'),
    'import after that, ms': least('imported'),
    'open it off and make a span, ms': least('opened'),
    'built-ins that opening it off loads': runs[0].loaded.length,
  }
}

async function startCollector() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() }
}

function round(value) {
  return Number(value.toFixed(2))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await run())
