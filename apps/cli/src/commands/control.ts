import { join } from 'node:path'
import { openEvents } from '@loki/events'
import { listSessions, requestControl, stopSession } from '@loki/runner'
import type { SessionView } from '@loki/runner'
import { cliPrincipal } from '../context.js'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import type { Call } from '../program/define.js'
import { openProjectLog } from '../project-log.js'

/** `loki pause`. */
export function pause(call: Call<unknown>): Promise<ExitName | undefined> {
  return ask(call, 'pause', 'paused: its next action waits. loki resume lets it go on.')
}

/** `loki resume`. */
export function resume(call: Call<unknown>): Promise<ExitName | undefined> {
  return ask(call, 'resume', 'goes on.')
}

/** `loki stop`. */
export async function stop(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, args, projectDir } = call
  const id = args[0] ?? running(projectDir, 'stop').id
  // Where the runner is gone, the stop is recorded here.
  const audit = openProjectLog(projectDir)
  const events = openEvents({ dir: join(projectDir, '.loki', 'events'), enabled: true })
  let stopped: SessionView
  try {
    stopped = await stopSession(projectDir, id, { by: cliPrincipal(), audit, events })
  } finally {
    await Promise.allSettled([events.close(), audit.close()])
  }
  if (output.json) output.record({ id, request: 'stop', status: stopped.status })
  else output.note(`${id} stopped; none of its processes is left.`)
  return undefined
}

function ask(call: Call<unknown>, request: 'pause' | 'resume', words: string): Promise<ExitName | undefined> {
  const { output, args, projectDir } = call
  const id = args[0] ?? running(projectDir, request).id
  requestControl(projectDir, id, request, cliPrincipal())
  if (output.json) output.record({ id, request })
  else output.note(`${id} ${words}`)
  return Promise.resolve(undefined)
}

/** The session that a command without an id is about. */
function running(projectDir: string, request: string): SessionView {
  const [session] = listSessions(projectDir).filter(({ live }) => live)
  if (session !== undefined) return session
  throw new CliError('NOT_RUNNING', `No session is running in ${projectDir}, so there is nothing to ${request}.`, {
    next: 'loki status lists the sessions of a project; --project names another one.',
  })
}
