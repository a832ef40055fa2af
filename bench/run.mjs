// Runs every benchmark one after the other, prints the figures beside their aims, writes bench/results.json.
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const SUITES = ['audit', 'policies', 'scan', 'events', 'guard', 'hook', 'otel']

/** What a figure should be, by its name within its suite. */
const AIMS = {
  'policies.decisionP99Ms': { most: 1 },
  'guard.decisionP99Ms': { most: 1 },
  'hook.hookRatio': { most: 1.6 },
  'hook.versionRatio': { most: 1.3 },
}

const wanted = process.argv.slice(2)
const results = {
  node: process.version,
  cpus: cpus().length,
  cpu: cpus()[0]?.model,
  date: new Date().toISOString(),
  suites: {},
}
let failed = false

for (const suite of SUITES.filter((name) => wanted.length === 0 || wanted.includes(name))) {
  const load = loadavg()[0]
  process.stderr.write(`${suite} …\n`)
  try {
    const { run, aims = {} } = await import(`./${suite}.mjs`)
    const figures = flat(await run())
    results.suites[suite] = { load, figures }
    print(suite, figures, load, aims)
  } catch (error) {
    failed = true
    results.suites[suite] = { load, error: error instanceof Error ? error.message : String(error) }
    console.log(`\n${suite}: failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
}

const file = fileURLToPath(new URL('results.json', import.meta.url))
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
console.log(`\nNode ${results.node}, ${results.cpus} × ${results.cpu ?? 'cpu'}; written to bench/results.json`)
process.exitCode = failed ? 1 : 0

function print(suite, figures, load, own) {
  console.log(`\n${suite}  (load ${load.toFixed(1)})`)
  const width = Math.max(...Object.keys(figures).map((name) => name.length))
  for (const [name, value] of Object.entries(figures)) {
    const aim = AIMS[`${suite}.${name}`] ?? own[name]
    console.log(
      `  ${name.padEnd(width)}  ${shown(value).padStart(12)}${aim === undefined ? '' : `  ${judged(value, aim)}`}`,
    )
  }
}

function judged(value, { most, least }) {
  const met = most === undefined ? value >= least : value <= most
  return `${met ? '✓' : '✗'} aim ${most === undefined ? `≥ ${shown(least)}` : `≤ ${shown(most)}`}`
}

function shown(value) {
  if (typeof value !== 'number') return String(value)
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return Number.isInteger(value) ? String(value) : value.toPrecision(3)
}

/** Nested figures by dotted names. */
function flat(value, prefix = '') {
  if (typeof value !== 'object' || value === null) return { [prefix]: value }
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) => flat(inner, prefix === '' ? name : `${prefix}.${name}`)),
  )
}
