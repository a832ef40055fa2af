import { isAbsolute, relative } from 'node:path'
import type { AuditEntry, AuditLog } from '@loki/audit'
import type { Action, Guard } from '@loki/guard'
import type { Fields } from '../json.js'
import { isFields } from '../json.js'

/** Which denial: by its record, by its action, or the last one. */
export type DenialQuery = { readonly seq?: number | undefined; readonly digest?: string | undefined }

export interface Denial {
  readonly seq: number
  readonly at: string
  readonly decision: string
  readonly action: string
  readonly reason: string
  readonly rule?: string
  readonly suggest?: string
}

export interface DenialPlace {
  readonly projectDir: string
  readonly session: string | undefined
  readonly audit: AuditLog
  /** Decides without recording: for the suggestion, which the log does not hold. */
  readonly preview: Pick<Guard, 'check'>
}

/** Finds a refusal of this project in its log; `undefined` where there is none. */
export async function findDenial(query: DenialQuery, place: DenialPlace): Promise<Denial | undefined> {
  let found: AuditEntry | undefined
  const byName = query.seq !== undefined || query.digest !== undefined
  for await (const entry of place.audit.readEntries({ what: 'action.decided' })) {
    const { metadata } = entry
    if (!isFields(metadata) || metadata.decision === 'ALLOW' || !isOurs(metadata, place)) continue
    if (query.seq !== undefined && entry.seq !== query.seq) continue
    if (query.digest !== undefined && metadata.digest !== query.digest) continue
    if (!byName && place.session !== undefined && metadata.session !== place.session) continue
    found = entry
  }
  return found === undefined ? undefined : denialOf(found, place)
}

/** A log in the project's folder is the project's; in one that several share, what happened in the project is. */
function isOurs({ cwd }: Fields, { projectDir, audit }: DenialPlace): boolean {
  return isInside(audit.dir, projectDir) || (typeof cwd === 'string' && isInside(cwd, projectDir))
}

function isInside(path: string | undefined, folder: string): boolean {
  if (path === undefined) return false
  const way = relative(folder, path)
  return way === '' || (!/^\.\.(?:[\\/]|$)/.test(way) && !isAbsolute(way))
}

async function denialOf({ seq, timestamp, where, why, metadata }: AuditEntry, place: DenialPlace): Promise<Denial> {
  const fields: Fields = metadata ?? {}
  const rule = textIn(fields, 'rule')
  const suggest = textIn(fields, 'suggest') ?? (await suggestionFor(fields, rule, place))
  return {
    seq,
    at: timestamp,
    decision: textIn(fields, 'decision') ?? 'DENY',
    action: where ?? textIn(fields, 'tool') ?? '',
    reason: why ?? '',
    ...(rule === undefined ? {} : { rule }),
    ...(suggest === undefined ? {} : { suggest }),
  }
}

/** What the same rule suggests for the action as far as the log knows it. */
async function suggestionFor(
  fields: Fields,
  rule: string | undefined,
  { preview, projectDir }: DenialPlace,
): Promise<string | undefined> {
  const { kind, paths, server } = fields
  const command = textIn(fields, 'command')
  const url = textIn(fields, 'url')
  const verdict = await preview.check({
    // Written by a guard of ours; an unknown one is judged as such.
    kind: kind as Action['kind'],
    session: 'explain',
    agent: 'main',
    host: 'mcp',
    tool: textIn(fields, 'tool') ?? '',
    cwd: textIn(fields, 'cwd') ?? projectDir,
    projectDir,
    ...(command === undefined ? {} : { command }),
    ...(url === undefined ? {} : { url }),
    ...(Array.isArray(paths) ? { paths: paths.filter((path) => typeof path === 'string') } : {}),
    ...(typeof server === 'string' ? { server: { name: server } } : {}),
  })
  return verdict.rule === rule ? verdict.suggest : undefined
}

function textIn(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' ? value : undefined
}
