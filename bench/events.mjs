// Event bus figures: `node bench/events.mjs` after `pnpm build`.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openEvents, pruneEvents } from '../packages/events/dist/index.js'

const EVENTS = 10_000
const DELIVERIES = 200

/** Emits, drains and delivers in a temporary folder; gives the figures. */
export async function run() {
  const dir = await mkdtemp(join(tmpdir(), 'loki-bench-events-'))
  try {
    return {
      ...(await throughput(join(dir, 'plain'))),
      ...(await durable(join(dir, 'fsync'))),
      ...(await latency(join(dir, 'latency'))),
      ...(await numbering(join(dir, 'numbering'))),
      ...bash(join(dir, 'bash')),
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function throughput(dir) {
  const events = openEvents({ dir, env: {} })
  const emitted = await measure(() => emitMany(events, EVENTS))
  let left = 2 * EVENTS
  const drained = await measure(
    () =>
      new Promise((resolve) => {
        const handler = () => {
          left -= 1
          if (left === 0) resolve()
        }
        events.subscribe({ group: 'one' }, handler)
        events.subscribe({ group: 'two' }, handler)
      }),
  )
  await events.close()
  return {
    emitPerSecond: Math.round(EVENTS / emitted.seconds),
    emitCpuMicroseconds: Math.round((emitted.cpuSeconds / EVENTS) * 1e6),
    drain10kTwoGroupsMs: Math.round(drained.seconds * 1000),
    drain10kTwoGroupsCpuMs: Math.round(drained.cpuSeconds * 1000),
  }
}

async function durable(dir) {
  const events = openEvents({ dir, env: {}, durability: 'fsync' })
  const count = 300
  const { seconds } = await measure(() => emitMany(events, count))
  return { emitFsyncPerSecond: Math.round(count / seconds) }
}

async function latency(dir) {
  const events = openEvents({ dir, env: {} })
  const times = []
  events.subscribe({ group: 'latency' }, ({ payload }) => {
    times.push(performance.now() - payload.at)
  })
  for (let n = 0; n < DELIVERIES; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    await events.emit({ type: 'metric', source: 'cli', payload: { at: performance.now() } })
  }
  while (times.length < DELIVERIES) await new Promise((resolve) => setTimeout(resolve, 10))
  await events.close()
  times.sort((a, b) => a - b)
  const at = (part) => Number(times[Math.floor(part * (times.length - 1))].toFixed(2))
  return { deliveryP50Ms: at(0.5), deliveryP99Ms: at(0.99) }
}

/** What a resident process pays for a backlog, and for removing most of it. */
async function numbering(dir) {
  const events = openEvents({ dir, env: {} })
  await emitMany(events, EVENTS)
  const numbered = await measure(() => pruneEvents({ dir, env: {} }))
  const retention = { keep: { segments: 0 } }
  const pruned = await measure(() => pruneEvents({ dir, env: {}, retention }))
  return {
    number10kMs: Math.round(numbered.seconds * 1000),
    prune10kMs: Math.round(pruned.seconds * 1000),
  }
}

/** One process for each event, as a script has it. */
function bash(dir) {
  const script = fileURLToPath(new URL('../packages/events/peers/bash/emit.sh', import.meta.url))
  const times = []
  for (let n = 0; n < 50; n += 1) {
    const begin = performance.now()
    const { status } = spawnSync('bash', [script, 'task', 'hook', '{"n":1}'], {
      env: { ...process.env, LOKI_EVENTS_DIR: dir },
    })
    if (status !== 0) return {}
    times.push(performance.now() - begin)
  }
  times.sort((a, b) => a - b)
  return { bashEmitP50Ms: Number(times[25].toFixed(2)), bashEmitP98Ms: Number(times[48].toFixed(2)) }
}

async function emitMany(events, count) {
  const text = 'x'.repeat(150)
  for (let n = 0; n < count; n += 1) await events.emit({ type: 'task', source: 'cli', payload: { n, text } })
}

async function measure(work) {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  await work()
  const seconds = (performance.now() - begin) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await run(), undefined, 2))
