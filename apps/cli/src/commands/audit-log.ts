import { countLog, readPersonal, searchLog } from '@loki/audit'
import type { AuditEntry, AuditQuery, Personal } from '@loki/audit'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { entryText, listing } from './audit-listing.js'
import { countArgument, queryOf, text, wholeNumber } from './audit-query.js'
import type { AuditQueryOptions } from './audit-query.js'
import { onRecord, readableLog } from './audit-reading.js'

const LAST = 50

/** `loki audit log`: the last entries, the oldest of them first. */
export function log(call: Call<AuditQueryOptions>): Promise<ExitName | undefined> {
  return last(call, 'log', { ...queryOf(call.options), last: countArgument(call.args[0], LAST) })
}

/** `loki audit search`: the last entries that hold a text. */
export function search(call: Call<AuditQueryOptions>): Promise<ExitName | undefined> {
  const [wanted = '', count] = call.args
  return last(call, 'search', {
    ...queryOf(call.options),
    text: text('A search', wanted),
    last: countArgument(count, LAST),
  })
}

/** `loki audit count`. */
export async function count(call: Call<AuditQueryOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const entries = await countLog(readableLog(projectDir), queryOf(options))
  if (output.json) output.record({ entries })
  else output.data(String(entries))
  return undefined
}

export interface AuditShowOptions {
  readonly personal?: boolean
}

/** `loki audit show`: one entry, whole. */
export async function show(call: Call<AuditShowOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const query = { seq: wholeNumber(call.args[0] ?? '', 'An entry number', [0, Number.MAX_SAFE_INTEGER]) }
  const more = options.personal === true ? { personal: true } : {}
  let exit: ExitName | undefined
  await onRecord({ output, projectDir, reading: { command: 'show', query, more } }, async (dir) => {
    const [entry] = await collect(dir, query)
    const personal = options.personal === true && entry !== undefined ? await readPersonal(dir, entry) : undefined
    if (personal?.kind === 'altered' || personal?.kind === 'missing') exit = 'brokenChain'
    const print = (): void => {
      if (entry === undefined) throw missing(query.seq)
      if (output.json) output.record(personal === undefined ? entry : { entry, personal })
      else output.data([entryText(output, entry), ...personalLines(personal)].join('\n'))
    }
    return { entries: entry === undefined ? 0 : 1, print }
  })
  return exit
}

/** What became of a personal payload, in words. */
function personalLines(personal: Personal | undefined): readonly string[] {
  switch (personal?.kind) {
    case undefined:
      return []
    case 'none':
      return ['no personal payload']
    case 'present':
      return [`personal payload: ${plain(JSON.stringify(personal.personal))}`]
    case 'erased':
      return [`personal payload: erased, says entry ${personal.erasure.seq}`]
    case 'missing':
      return ['personal payload: GONE, and no entry says that it was erased']
    case 'altered':
      return [`personal payload: ALTERED, ${plain(personal.error)}`]
  }
}

async function last(call: Call<unknown>, command: string, query: AuditQuery): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  await onRecord({ output, projectDir, reading: { command, query } }, async (dir) => {
    const entries = await collect(dir, query)
    const print = (): void => {
      if (output.json) for (const entry of entries) output.record(entry)
      else if (entries.length > 0) output.data(listing(output, entries))
      else output.note(`No entries${Object.keys(query).length > 1 ? ' match' : ' yet'}.`)
    }
    return { entries: entries.length, print }
  })
  return undefined
}

async function collect(dir: string, query: AuditQuery): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of searchLog(dir, query)) entries.push(entry)
  return entries
}

function missing(seq: number): CliError {
  return new CliError('NO_ENTRY', `The log has no entry ${seq}.`, {
    next: 'The first entry is 0; loki audit count says how many there are.',
  })
}
