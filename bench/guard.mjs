// How long a decision takes where the guard lives: `node bench/guard.mjs` after `pnpm build`.
// It decides on the labelled commands that lie beside a development checkout; a small list serves where there are none.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openAudit } from '../packages/audit/dist/index.js'
import {
  askServer,
  guardSocketPath,
  httpToken,
  openGuard,
  PROTOCOL_VERSION,
  serveResident,
} from '../packages/guard/dist/index.js'

const main = fileURLToPath(new URL('../apps/cli/dist/main.js', import.meta.url))
const fixtures = join(import.meta.dirname, '../../shared/fixtures/commands/dev.jsonl')
const ROUNDS = 3
const RECORDED = 1_000
const ASKED = 500

/** Decides on every command: without a log, with one, and over the socket of a guard process. Times are milliseconds. */
export async function run() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-bench-guard-')))
  const project = join(root, 'project')
  mkdirSync(join(project, '.git'), { recursive: true })
  const env = { PATH: process.env.PATH, HOME: root, LOKI_HOME: join(root, 'home') }
  try {
    const commands = readCommands()
    const { cold, warm } = await decide(openGuard({ projectDir: project, env, enabled: true }), commands, project)
    return {
      commands: commands.length,
      ...named('decision', warm),
      ...named('coldDecision', cold),
      ...named('recordedDecision', await recorded(commands.slice(0, RECORDED), project, env, join(root, 'audit'))),
      ...named('socketDecision', await overSocket(commands.slice(0, ASKED), project, env)),
      ...named('httpDecision', await overHttp(commands.slice(0, ASKED), project, root)),
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Decides on every command some times over; gives the times of the first round and of the last one. */
async function decide(guard, commands, project) {
  const rounds = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const times = []
    for (const command of commands) {
      const startedAt = performance.now()
      await guard.check(actionOf(command, project))
      times.push(performance.now() - startedAt)
    }
    rounds.push(times)
  }
  return { cold: rounds[0], warm: rounds.at(-1) }
}

async function recorded(commands, project, env, dir) {
  const audit = openAudit({ dir, enabled: true, env })
  const { warm } = await decide(openGuard({ projectDir: project, env, audit, enabled: true }), commands, project)
  await audit.close()
  return warm
}

async function overSocket(commands, project, env) {
  const guard = spawn(process.execPath, [main, 'guard', 'serve'], { env, stdio: 'ignore' })
  const socketPath = guardSocketPath(env)
  try {
    const build = await buildOf(socketPath)
    const times = []
    for (const command of commands) {
      const input = hookOf(command, project)
      const request = { v: PROTOCOL_VERSION, kind: 'hook', host: 'claude', input, cwd: project, env: {}, build }
      const startedAt = performance.now()
      const { kind } = await askServer(socketPath, request)
      times.push(performance.now() - startedAt)
      if (kind !== 'answer') throw new Error(`expected an answer, got ${kind}`)
    }
    return times
  } finally {
    guard.kill()
    await new Promise((resolve) => guard.once('exit', resolve))
  }
}

/** Hooks that are posted over one connection, each with its durable record. */
async function overHttp(commands, project, home) {
  const socketPath = guardSocketPath({ HOME: home, LOKI_HOME: join(home, 'http') })
  const { server, httpPort, done } = await serveResident({ socketPath, build: 'bench', httpPort: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { authorization: `Bearer ${httpToken(socketPath)}` }
  try {
    const times = []
    for (const command of commands) {
      const startedAt = performance.now()
      await post(
        { agent, host: '127.0.0.1', port: httpPort, path: '/v1/hooks/claude', headers },
        hookOf(command, project),
      )
      times.push(performance.now() - startedAt)
    }
    return times
  } finally {
    agent.destroy()
    await server.close()
    await done
  }
}

function post(options, body) {
  return new Promise((resolve, reject) => {
    const call = request({ ...options, method: 'POST' }, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
      )
    })
    call.on('error', reject)
    call.end(body)
  })
}

function hookOf(command, project) {
  return JSON.stringify({
    session_id: 'bench',
    cwd: project,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: 'toolu_bench',
  })
}

async function buildOf(socketPath) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      return (await askServer(socketPath, { v: PROTOCOL_VERSION, kind: 'status' })).build
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('the guard process did not start')
}

function actionOf(command, project) {
  const common = { session: 'bench', agent: 'main', host: 'cli', tool: 'Bash', cwd: project, projectDir: project }
  return { ...common, kind: 'command', command }
}

function readCommands() {
  if (!existsSync(fixtures)) return Array.from({ length: 50 }, () => SAMPLE).flat()
  const rows = readFileSync(fixtures, 'utf8').trim().split('\n')
  return rows.map((row) => JSON.parse(row).command).filter((command) => typeof command === 'string')
}

const SAMPLE = [
  'git status --short',
  'npm test -- --watch=false 2>&1 | tail -n 40',
  'rg -n "TODO" src | head',
  'rm -rf ./dist && mkdir -p dist',
  `find . -name '*.ts' -not -path './node_modules/*' -exec wc -l {} +`,
  'git push origin HEAD:refs/heads/feature',
  'eval "$(echo ZWNobyBoaQ== | base64 -d)"',
  'for f in src/*.ts; do sed -i "s/a/b/" "$f"; done',
  `bash -c 'cd /tmp && ls -la && cat x | sort | uniq -c'`,
  'docker run --rm -v "$PWD:/work" node:22 npm ci',
]

function named(name, times) {
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  return { [`${name}P50Ms`]: at(0.5), [`${name}P99Ms`]: at(0.99), [`${name}MaxMs`]: at(1) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await run(), null, 2))
