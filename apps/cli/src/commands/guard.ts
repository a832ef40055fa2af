import { askServer, guardSocketPath, PROTOCOL_VERSION, serveResident } from '@loki/guard'
import type { Response } from '@loki/guard'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, durationOf } from '../format.js'
import { buildName } from '../program-file.js'
import type { Call } from '../program/define.js'

const PATIENCE_MS = 3_000

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
  const { pid, build, uptimeMs, decisions, projects } = answer
  const current = build === buildName()
  if (output.json) output.record({ running: true, socketPath, pid, build, current, uptimeMs, decisions, projects })
  else {
    const { color } = output
    output.data(
      `${color.green('running')}  process ${pid}  up ${durationOf(uptimeMs)}  ${countOf(decisions, 'answer')}  ${countOf(projects.length, 'project')}`,
    )
    output.data(color.dim(socketPath))
    if (!current) output.note('It is of another build of loki and leaves at the next hook.')
  }
  return undefined
}

/** `loki guard stop`. */
export async function stop(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const answer = await ask('stop')
  const stopped = answer?.kind === 'stopping'
  if (output.json) output.record({ stopped })
  if (!stopped) throw new CliError('NOT_RUNNING', 'No guard process runs, so there is nothing to stop.')
  output.note('Stopped. The next hook starts a new one.')
  return undefined
}

/** `loki guard serve`: answers hooks until nobody asks any more, or until it is told to end. */
export async function serve(call: Call<unknown>): Promise<ExitName | undefined> {
  const socketPath = guardSocketPath(process.env)
  const { server, done } = await serveResident({ socketPath, build: buildName() })
  call.output.note(`Answering hooks on ${socketPath}`)
  const { signal } = call.interrupted()
  signal.addEventListener('abort', () => void server.close(), { once: true })
  await done
  return undefined // being told to end is how a service ends
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
