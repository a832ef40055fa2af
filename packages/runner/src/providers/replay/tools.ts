import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Action, ActionResult } from '@loki/guard'
import { messageOf } from '../../errors.js'
import { runProcess } from '../../process.js'
import type { ProviderTurn } from '../provider.js'
import type { ToolUse } from './recording.js'

/** What a tool call did: the result for the record, and what the agent is shown. */
export interface ToolResult {
  readonly result: ActionResult
  readonly shown: string
}

const maxOutputBytes = 256 * 1024
const maxReadBytes = 256 * 1024
const maxEditBytes = 16 * 1024 * 1024

/** A recorded tool call as the guard knows it. */
export function actionOf(tool: ToolUse, turn: ProviderTurn): Action {
  const { session, projectDir } = turn
  const call = {
    session,
    agent: 'main',
    host: 'replay',
    tool: tool.name,
    cwd: projectDir,
    projectDir,
    provider: 'replay',
  } as const
  switch (tool.name) {
    case 'Bash':
      return { ...call, kind: 'command', command: tool.command }
    case 'Write':
      return { ...call, kind: 'file_write', paths: [tool.path], content: tool.content }
    case 'Edit':
      return { ...call, kind: 'file_write', paths: [tool.path], content: tool.to }
    case 'Read':
      return { ...call, kind: 'file_read', paths: [tool.path] }
  }
}

/** Really does what was recorded. The guard has let it through. */
export async function execute(tool: ToolUse, turn: ProviderTurn): Promise<ToolResult> {
  const startedAt = performance.now()
  const done = await attempt(tool, turn)
  const durationMs = Math.round(performance.now() - startedAt)
  return { ...done, result: { ...done.result, durationMs } }
}

async function attempt(tool: ToolUse, turn: ProviderTurn): Promise<ToolResult> {
  try {
    switch (tool.name) {
      case 'Bash':
        return await bash(tool.command, tool.timeoutMs, turn)
      case 'Write': {
        const path = resolve(turn.projectDir, tool.path)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, tool.content)
        return done(`wrote ${tool.path}`)
      }
      case 'Edit':
        return await edit(tool, resolve(turn.projectDir, tool.path))
      case 'Read':
        return await read(resolve(turn.projectDir, tool.path))
    }
  } catch (thrown) {
    return failed(messageOf(thrown))
  }
}

async function bash(command: string, timeoutMs: number, turn: ProviderTurn): Promise<ToolResult> {
  const limit = AbortSignal.timeout(timeoutMs)
  const ended = await runProcess({
    command: 'bash',
    args: ['-c', command],
    cwd: turn.projectDir,
    env: turn.env,
    signal: AbortSignal.any([turn.signal, limit]),
    maxOutputBytes,
  })
  const shown = `${ended.stdout}${ended.stderr}`
  const ok = ended.exitCode === 0
  const error = limit.aborted
    ? `took longer than ${timeoutMs} ms`
    : ok
      ? undefined
      : `exit code ${String(ended.exitCode)}`
  return {
    shown: error === undefined ? shown : `${shown}${shown === '' || shown.endsWith('\n') ? '' : '\n'}[${error}]\n`,
    result: {
      ok: error === undefined,
      outputBytes: Buffer.byteLength(shown),
      ...(ended.exitCode === null ? {} : { exitCode: ended.exitCode }),
      ...(error === undefined ? {} : { error }),
    },
  }
}

async function edit(tool: Extract<ToolUse, { name: 'Edit' }>, path: string): Promise<ToolResult> {
  if ((await stat(path)).size > maxEditBytes) return failed(`${tool.path} is larger than ${maxEditBytes} bytes`)
  const text = await readFile(path, 'utf8')
  const parts = text.split(tool.from)
  const count = parts.length - 1
  if (count === 0) return failed(`${tool.path} does not hold the text that is to be replaced`)
  if (count > 1 && !tool.all) return failed(`${tool.path} holds the text that is to be replaced ${count} times`)
  await writeFile(path, parts.join(tool.to))
  return done(`edited ${tool.path}`)
}

async function read(path: string): Promise<ToolResult> {
  const file = await open(path)
  try {
    if (!(await file.stat()).isFile()) return failed('it is not a regular file')
    const buffer = Buffer.alloc(maxReadBytes)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    const shown = buffer.subarray(0, bytesRead).toString('utf8')
    return { shown: shown.endsWith('\n') ? shown : `${shown}\n`, result: { ok: true, outputBytes: bytesRead } }
  } finally {
    await file.close()
  }
}

function done(text: string): ToolResult {
  return { shown: `${text}\n`, result: { ok: true } }
}

function failed(error: string): ToolResult {
  return { shown: `[failed: ${error}]\n`, result: { ok: false, error } }
}
