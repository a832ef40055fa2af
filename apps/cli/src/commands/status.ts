import type { Approval } from '@loki/approvals'
import { listSessions, readSession } from '@loki/runner'
import type { SessionView } from '@loki/runner'
import type { ExitName } from '../exit.js'
import { countOf, durationOf, timeOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { queueOf } from './approval-queue.js'

/** `loki status`. */
export async function status(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, args, projectDir } = call
  const [id] = args
  if (id !== undefined) {
    showOne(output, readSession(projectDir, id))
    return undefined
  }
  const waiting = await queueOf(call).list('pending')
  showAll(output, listSessions(projectDir), { projectDir, approvals: waiting })
  if (waiting.length > 0) output.note(`${countOf(waiting.length, 'approval')} wait: loki approvals list`)
  return undefined
}

function showAll(
  output: Output,
  sessions: readonly SessionView[],
  about: { readonly projectDir: string; readonly approvals: readonly Approval[] },
): void {
  const { projectDir } = about
  if (output.json) {
    output.record({ ...about, sessions })
    return
  }
  if (sessions.length === 0) {
    output.note(`No sessions in ${projectDir}. Start one with: loki start PRD.md`)
    return
  }
  output.data(
    table(output, sessions, [
      { title: 'SESSION', value: ({ id }) => id },
      { title: 'STATUS', value: (session) => session.status, paint: (text, session) => painted(output, text, session) },
      { title: 'TASKS', value: progress },
      { title: 'PROVIDER', value: ({ provider }) => provider },
      { title: 'STARTED', value: ({ startedAt }) => timeOf(startedAt), paint: output.color.dim },
      { title: 'NOTE', value: note },
    ]),
  )
}

function showOne(output: Output, session: SessionView): void {
  if (output.json) {
    output.record(session)
    return
  }
  const { color } = output
  const lines = [
    `${color.bold(session.id)}  ${painted(output, session.status, session)}  ${progress(session)} tasks  ${session.provider}`,
    color.dim(`from ${plain(session.prd.path)}, ${timeOf(session.startedAt)}${lasted(session)}`),
    ...(session.reason === undefined ? [] : [plain(session.reason)]),
    '',
    table(output, session.tasks, [
      { title: 'TASK', value: ({ id }) => id },
      { title: 'STATUS', value: (task) => task.status.replace('_', ' ') },
      { title: 'ROUNDS', value: ({ iterations }) => (iterations === undefined ? '-' : String(iterations)) },
      { title: 'TESTS', value: ({ tests }) => tests ?? '-' },
      { title: 'TITLE', value: ({ title, reason }) => (reason === undefined ? title : `${title} · ${reason}`) },
    ]),
  ]
  output.data(lines.join('\n'))
}

function progress(session: SessionView): string {
  return `${session.tasks.filter((task) => task.status === 'completed').length}/${session.tasks.length}`
}

function note(session: SessionView): string {
  if (session.reason !== undefined) return session.reason
  const task = session.tasks.find(({ id }) => id === session.currentTask)
  return session.live && task !== undefined ? `${session.phase ?? ''} ${task.title}`.trim() : ''
}

function lasted(session: SessionView): string {
  if (session.endedAt === undefined) return ''
  return `, ${durationOf(Date.parse(session.endedAt) - Date.parse(session.startedAt))}`
}

function painted(output: Output, text: string, { status: now }: SessionView): string {
  if (now === 'completed') return output.color.green(text)
  if (now === 'failed') return output.color.red(text)
  return now === 'running' || now === 'starting' ? output.color.cyan(text) : output.color.yellow(text)
}
