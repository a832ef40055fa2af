import { followLog, searchLog } from '@loki/audit'
import type { AuditEntry } from '@loki/audit'
import type { ExitName } from '../exit.js'
import type { Call } from '../program/define.js'
import { entryLine } from './audit-listing.js'
import { countArgument, queryOf } from './audit-query.js'
import type { AuditQueryOptions } from './audit-query.js'
import { onRecord, readableLog, recordReading } from './audit-reading.js'

export interface AuditTailOptions extends AuditQueryOptions {
  readonly follow?: boolean
  readonly controlPlane?: boolean
}

const LAST = 10

/** `loki audit tail`: the last entries, and with `-f` each new one until it is told to end. */
export async function tail(call: Call<AuditTailOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const { controlPlane } = options
  const query = { ...queryOf(options), last: countArgument(call.args[0], LAST) }
  const print = (entry: AuditEntry): void => {
    if (output.json) output.record(entry)
    else output.data(entryLine(output, entry))
  }
  if (options.follow !== true) {
    await onRecord({ output, projectDir, controlPlane, reading: { command: 'tail', query } }, async (dir) => {
      const entries: AuditEntry[] = []
      for await (const entry of searchLog(dir, query)) entries.push(entry)
      return {
        entries: entries.length,
        print: () => {
          entries.forEach(print)
        },
      }
    })
    return undefined
  }
  const { signal } = call.interrupted()
  const dir = readableLog(projectDir, controlPlane)
  // Before the first line: how much it will show nobody knows yet, and whoever kills it should be on the log too.
  await recordReading(dir, { output, projectDir, reading: { command: 'tail', query, more: { follow: true } } })
  for await (const entry of followLog(dir, query, { signal })) print(entry)
  return undefined // being told to end is how it ends
}
