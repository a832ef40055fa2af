// What `loki hook` costs a tool call, over a bare `node -e 0`: `node bench/hook.mjs` after `pnpm build`.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REPEATS = 60
const main = fileURLToPath(new URL('../apps/cli/dist/main.js', import.meta.url))

/** Runs both in turn, so that whatever else the machine does hits both alike; gives medians and their ratio. */
export async function run() {
  const place = makePlace()
  const guard = spawn(process.execPath, [main, 'guard', 'serve'], { env: place.env, stdio: 'ignore' })
  try {
    await listening(place)
    const times = { bare: [], version: [], hook: [] }
    for (let round = 0; round < REPEATS; round += 1) {
      times.bare.push(timed(['-e', '0'], '', place))
      times.version.push(timed([main, '--version'], '', place))
      times.hook.push(timed([main, 'hook', 'claude'], place.call, place))
    }
    const bareMs = median(times.bare)
    const hookMs = median(times.hook)
    const versionMs = median(times.version)
    return { bareMs, hookMs, hookRatio: hookMs / bareMs, versionMs, versionRatio: versionMs / bareMs, repeats: REPEATS }
  } finally {
    guard.kill()
    await new Promise((resolve) => guard.once('exit', resolve))
    rmSync(place.root, { recursive: true, force: true })
  }
}

function makePlace() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-bench-hook-')))
  const project = join(root, 'project')
  mkdirSync(join(project, '.git'), { recursive: true })
  const env = { PATH: process.env.PATH, HOME: root, LOKI_HOME: join(root, 'home') }
  const call = JSON.stringify({
    session_id: 'bench',
    cwd: project,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: 'git status --short && npm test' },
    tool_use_id: 'toolu_bench',
  })
  return { root, project, env, call }
}

async function listening(place) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (spawnSync(process.execPath, [main, 'guard', 'status'], { env: place.env }).status === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the guard process did not start')
}

function timed(args, input, { env, project }) {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { input, env, cwd: project })
  const ms = performance.now() - startedAt
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return ms
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await run(), null, 2))
