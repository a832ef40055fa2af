import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { agentActionOf, countLog, mirrorControlPlane, searchLog } from '@loki/audit'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Call } from '../program/define.js'
import { jsonLine } from '../text.js'
import { onRecord } from './audit-reading.js'
import { writeWhole } from './audit-file.js'

export interface AuditMirrorOptions {
  readonly controlPlane?: boolean
}

/** `loki audit mirror`: the readable files of a log, anew from it. */
export async function mirror(call: Call<AuditMirrorOptions>): Promise<ExitName | undefined> {
  return call.options.controlPlane === true ? mirrorDays(call) : mirrorAgents(call)
}

/** The daily files of the control-plane log. */
async function mirrorDays({ output, projectDir }: Call<unknown>): Promise<ExitName | undefined> {
  const reading = { command: 'mirror', query: {} }
  await onRecord({ output, projectDir, controlPlane: true, reading }, async (dir) => {
    if (!existsSync(join(dir, 'audit.jsonl'))) throw new CliError('NO_LOG', `There is no log in ${dir}.`)
    const { written, removed, foreign } = await mirrorControlPlane(dir)
    const print = (): void => {
      if (output.json) output.record({ dir, written, removed, foreign })
      else output.data(`${countOf(written.length, 'file')} written, ${removed.length} removed in ${dir}`)
      for (const name of foreign)
        output.note(`${name} was not made by this version and is left alone; loki audit import reads it.`)
    }
    return { entries: await countLog(dir), print }
  })
  return undefined
}

/** What agents did, in `.loki/logs/agent-audit.jsonl`. */
async function mirrorAgents(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  const query = { who: 'agent:*' }
  const folder = join(projectDir, '.loki', 'logs')
  const file = join(folder, 'agent-audit.jsonl')
  await onRecord({ output, projectDir, reading: { command: 'mirror', query, more: { file } } }, async (dir) => {
    // A mirror that is left of a log that was removed must not be emptied.
    if (!existsSync(join(dir, 'audit.jsonl'))) throw new CliError('NO_LOG', `There is no log in ${dir}.`)
    let entries = 0
    async function* lines(): AsyncGenerator<string> {
      for await (const entry of searchLog(dir, query)) {
        const action = agentActionOf(entry)
        if (action === undefined) continue
        entries += 1
        yield `${jsonLine(action)}\n`
      }
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    await writeWhole(file, lines())
    const print = (): void => {
      if (output.json) output.record({ file, entries })
      else output.data(`${countOf(entries, 'action')} in ${file}`)
    }
    return { entries, print }
  })
  return undefined
}
