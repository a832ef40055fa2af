import { askServer, guardSocketPath, PROTOCOL_VERSION, serveResident, tokenFile } from '@loki/guard'
import type { Response } from '@loki/guard'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, durationOf } from '../format.js'
import { buildName } from '../program-file.js'
import type { Call } from '../program/define.js'

const PATIENCE_MS = 3_000
/** How long closing every log may take. */
const ENDING_MS = 10_000

/** `loki guard status`: ends with 1 where none runs. */
export async function status(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const socketPath = guardSocketPath(process.env)
  const answer = await ask('status')
  if (answer?.kind !== 'status') {
    if (output.json) output.record({ running: false, socketPath })
    else output.note('No guard process runs. The next hook starts one.')
    return 'failed'
  }
  const { pid, build, uptimeMs, decisions, projects, degraded } = answer
  const current = build === buildName()
  if (output.json)
    output.record({ running: true, socketPath, pid, build, current, uptimeMs, decisions, projects, degraded })
  else {
    const { color } = output
    output.data(
      `${color.green('running')}  process ${pid}  up ${durationOf(uptimeMs)}  ${countOf(decisions, 'answer')}  ${countOf(projects.length, 'project')}`,
    )
    output.data(color.dim(socketPath))
    for (const problem of degraded) output.note(`An older policy decides, because this one cannot be used: ${problem}`)
    if (!current) output.note('It is of another build of loki and leaves at the next hook.')
  }
  return undefined
}

/** `loki guard stop`. */
export async function stop(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const before = await ask('status')
  const answer = await ask('stop')
  const stopped = answer?.kind === 'stopping'
  if (stopped && before?.kind === 'status') await ended(before.pid)
  if (output.json) output.record({ stopped })
  if (!stopped) throw new CliError('NOT_RUNNING', 'No guard process runs, so there is nothing to stop.')
  output.note('Stopped. The next hook starts a new one.')
  return undefined
}

/** Waits until a process is gone: the guard process still signs and closes its logs when it has said that it leaves. */
async function ended(pid: number): Promise<void> {
  const until = performance.now() + ENDING_MS
  while (performance.now() < until) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((done) => setTimeout(done, 20))
  }
}

export interface ServeCommandOptions {
  readonly httpPort?: string
}

/** `loki guard serve`: answers hooks until nobody asks any more, or until it is told to end. */
export async function serve(call: Call<ServeCommandOptions>): Promise<ExitName | undefined> {
  const { output, options } = call
  const socketPath = guardSocketPath(process.env)
  const http = portOf(options.httpPort ?? process.env.LOKI_GUARD_HTTP_PORT)
  const resident = { socketPath, build: buildName(), ...(http === undefined ? {} : { httpPort: http }) }
  const { server, done, httpPort } = await serveResident(resident)
  output.note(`Answering hooks on ${socketPath}`)
  if (httpPort !== undefined)
    output.note(`and on http://127.0.0.1:${httpPort} for callers with the token of ${tokenFile(socketPath)}`)
  const { signal } = call.interrupted()
  signal.addEventListener('abort', () => void server.close(), { once: true })
  await done
  return undefined // being told to end is how a service ends
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw usageError(
    `${JSON.stringify(text)} is no port.`,
    'Give --http-port or LOKI_GUARD_HTTP_PORT a number up to 65535.',
  )
}

/** The answer of the guard process; `undefined` where none listens. */
async function ask(kind: 'status' | 'stop'): Promise<Response | undefined> {
  const socketPath = guardSocketPath(process.env)
  try {
    return await askServer(socketPath, { v: PROTOCOL_VERSION, kind }, PATIENCE_MS)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw thrown
  }
}
