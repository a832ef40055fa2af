import type { Answer, Asked } from './servers.js'

/** What the fake has stored: documents by id. */
export type Documents = Map<string, Readonly<Record<string, unknown>>>

const TYPES = ['application/x-ndjson', 'application/vnd.elasticsearch+x-ndjson; compatible-with=9']

/** Answers `_bulk` as a data stream of Elasticsearch does, and refuses whatever that would refuse. */
export function strictElasticsearch(stored: Documents, apiKey: string): (asked: Asked) => Answer {
  return ({ path, headers, body }) => {
    const refuse = (status: number, type: string, reason: string): Answer => ({
      status,
      headers: PRODUCT,
      body: { error: { type, reason }, status },
    })
    const [, index] = /^\/([a-z0-9][a-z0-9._-]*)\/_bulk(?:\?|$)/.exec(path) ?? []
    if (index === undefined) return refuse(404, 'resource_not_found_exception', path)
    if (headers.authorization !== `ApiKey ${apiKey}`) return refuse(401, 'security_exception', 'missing authentication')
    if (!TYPES.includes(headers['content-type'] ?? '')) {
      return refuse(406, 'media_type_header_exception', `Content-Type [${headers['content-type'] ?? ''}]`)
    }
    if (!body.endsWith('\n')) return refuse(400, 'illegal_argument_exception', 'must be terminated by a new line')
    const lines = body.slice(0, -1).split('\n')
    if (lines.length % 2 === 1) return refuse(400, 'illegal_argument_exception', 'an action without a document')
    try {
      const items = pairs(lines).map(([action, document]) => item(stored, index, { action, document }))
      const errors = items.some(({ create }) => create.status >= 400)
      return { status: 200, headers: PRODUCT, body: { took: 1, errors, items } }
    } catch (error) {
      return refuse(400, 'x_content_parse_exception', String(error))
    }
  }
}

const PRODUCT = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=9',
  'x-elastic-product': 'Elasticsearch',
}

interface Item {
  readonly create: { readonly status: number; readonly _id: string; readonly _index: string; readonly error?: object }
}

function item(stored: Documents, index: string, line: { readonly action: string; readonly document: string }): Item {
  const action = JSON.parse(line.action) as Record<string, { _id?: unknown } | undefined>
  const id = action.create?._id
  // A data stream takes nothing but create; an id has at most 512 bytes.
  if (Object.keys(action).join() !== 'create' || typeof id !== 'string' || Buffer.byteLength(id) > 512) {
    throw new Error(`only create with an id, got ${line.action}`)
  }
  const document = JSON.parse(line.document) as Record<string, unknown>
  const made = (status: number, error?: object): Item => ({
    create: { _index: index, _id: id, status, ...(error === undefined ? {} : { error }) },
  })
  if (typeof document['@timestamp'] !== 'string' || Number.isNaN(Date.parse(document['@timestamp']))) {
    return made(400, {
      type: 'document_parsing_exception',
      reason: 'data stream timestamp field [@timestamp] is missing',
    })
  }
  if (stored.has(id)) {
    return made(409, { type: 'version_conflict_engine_exception', reason: `[${id}]: document already exists` })
  }
  stored.set(id, document)
  return made(201)
}

function pairs(lines: readonly string[]): [string, string][] {
  return lines.flatMap((line, at) => (at % 2 === 0 ? [[line, lines[at + 1] ?? ''] as [string, string]] : []))
}
