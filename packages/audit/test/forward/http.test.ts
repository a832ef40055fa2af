import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { forwardTargets, openForwarding, testTarget } from '../../src/forward/index.js'
import type { ForwardingOptions, TargetStatus } from '../../src/forward/index.js'
import { fill, parse, temporary } from '../folder.js'
import { httpServer } from './servers.js'
import type { Answer, Asked } from './servers.js'

const TOKEN = 'c0ffee-very-secret'

async function drained(
  dir: string,
  env: NodeJS.ProcessEnv,
  options: ForwardingOptions = {},
): Promise<TargetStatus | undefined> {
  const forwarding = openForwarding({ dir, env, ...options })
  try {
    return (await forwarding.drain())[0]
  } finally {
    await forwarding.close()
  }
}

function refusals(dir: string, target: string): Record<string, unknown>[] {
  const text = readFileSync(join(dir, 'forward', target, 'refused.jsonl'), 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The objects of a HEC body, which stand behind one another without a separator. */
function hecEvents(body: string): { event: string; fields: { hash: string } }[] {
  return JSON.parse(`[${body.replaceAll('}{"time"', '},{"time"')}]`) as { event: string; fields: { hash: string } }[]
}

describe('Splunk HEC', () => {
  const env = (url: string): NodeJS.ProcessEnv => ({ LOKI_AUDIT_SPLUNK_URL: url, LOKI_AUDIT_SPLUNK_TOKEN: TOKEN })

  it.each([
    [{ status: 500, body: `down ${TOKEN}` }, 'HTTP 500 down [redacted]'],
    [{ status: 403, body: { text: 'Invalid token', code: 4 } }, 'Invalid token'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'HTTP 302'],
    [undefined, 'no answer in time'],
  ] as [Answer | undefined, string][])('that answers %j leaves every entry to be sent', async (answer, reason) => {
    const dir = temporary()
    await fill(dir, 3)
    const server = await httpServer(() => answer)
    const status = await drained(dir, env(server.url), { timeoutMs: 300 })
    expect(status).toMatchObject({ cursor: null, lag: 3, delivered: 0, failure: { attempts: 1 } })
    expect(status?.failure?.reason).toContain(reason)
    expect(JSON.stringify(status)).not.toContain(TOKEN)
    expect(server.asked).toHaveLength(1)
  })

  it('without an indexer acknowledgement in time has nothing', async () => {
    const dir = temporary()
    await fill(dir, 2)
    const server = await httpServer(({ path }) =>
      path.includes('/ack')
        ? { status: 200, body: { acks: { 7: false } } }
        : { status: 200, body: { code: 0, ackId: 7 } },
    )
    expect(await drained(dir, env(server.url), { timeoutMs: 500 })).toMatchObject({ delivered: 0, lag: 2 })
  })

  it('has the batch once the indexer says so', async () => {
    const dir = temporary()
    const lines = await fill(dir, 3)
    let polls = 0
    const server = await httpServer(({ path }) =>
      path.includes('/ack')
        ? { status: 200, body: { acks: { 7: ++polls > 1 } } }
        : { status: 200, body: { text: 'Success', code: 0, ackId: 7 } },
    )
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 3, lag: 0, failure: null })
    const [first, ack] = server.asked
    expect(first).toMatchObject({ path: '/services/collector/event', headers: { authorization: `Splunk ${TOKEN}` } })
    const channel = first?.headers['x-splunk-request-channel']
    expect(channel).toMatch(/^[0-9a-f-]{36}$/)
    expect(ack).toMatchObject({ path: `/services/collector/ack?channel=${String(channel)}`, body: '{"acks":[7]}' })
    expect(hecEvents(first?.body ?? '').map(({ event }) => event)).toEqual(lines)
  })

  it('that will not take one event gets the others, and the one is written down', async () => {
    const dir = temporary()
    const lines = await fill(dir, 8)
    const bad = parse(lines[5]).hash
    const server = await httpServer(({ body }) =>
      body.includes(`"hash":"${bad}"`)
        ? { status: 400, body: { text: 'Invalid data format', code: 6 } }
        : { status: 200, body: { code: 0 } },
    )
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 7, refused: 1, lag: 0, failure: null })
    expect(refusals(dir, 'splunk')).toMatchObject([{ seq: 5, hash: bad }])
    expect(statSync(join(dir, 'forward', 'splunk', 'refused.jsonl')).mode & 0o777).toBe(0o600)
  })
})

describe('Elasticsearch', () => {
  const env = (url: string): NodeJS.ProcessEnv => ({
    LOKI_AUDIT_ELASTICSEARCH_URL: url,
    LOKI_AUDIT_ELASTICSEARCH_API_KEY: TOKEN,
  })

  /** Checks a body as strictly as `_bulk` does, and gives the ids. */
  function idsOf({ headers, body }: Asked): string[] {
    expect(headers).toMatchObject({ 'content-type': 'application/x-ndjson', authorization: `ApiKey ${TOKEN}` })
    expect(body.endsWith('\n')).toBe(true)
    const lines = body.slice(0, -1).split('\n')
    expect(lines.length % 2).toBe(0)
    return lines.flatMap((line, index) => {
      const value = JSON.parse(line) as { create?: { _id: string }; '@timestamp'?: string }
      if (index % 2 === 1) expect(value['@timestamp']).toMatch(/Z$/)
      return index % 2 === 0 ? [value.create?._id ?? ''] : []
    })
  }

  it('that is busy is asked again no sooner than it says', async () => {
    const dir = temporary()
    await fill(dir, 2)
    const server = await httpServer((asked) =>
      server.asked.length === 1
        ? { status: 429, headers: { 'retry-after': '1' }, body: 'busy' }
        : { status: 200, body: { items: idsOf(asked).map(() => ({ create: { status: 201 } })) } },
    )
    const forwarding = openForwarding({ dir, env: env(server.url), backoff: { firstMs: 1, mostMs: 10 } })
    const started = performance.now()
    forwarding.start()
    while ((await forwarding.status())[0]?.lag !== 0) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(performance.now() - started).toBeGreaterThan(990)
    await forwarding.close()
    expect(server.asked).toHaveLength(2)
  })

  it('that takes a part is sent only the rest again: 409 is stored, 429 waits, 400 is refused', async () => {
    const dir = temporary()
    const lines = await fill(dir, 5)
    const statuses = [201, 409, 429, 400, 503]
    const error = { type: 'some_exception', reason: 'because' }
    const server = await httpServer((asked) => ({
      status: 200,
      body: {
        items: idsOf(asked).map((_, at) => ({
          create: { status: server.asked.length > 1 ? 201 : statuses[at], error },
        })),
      },
    }))
    const forwarding = openForwarding({ dir, env: env(server.url) })
    expect(await forwarding.drain()).toMatchObject([
      { cursor: null, delivered: 2, refused: 1, failure: { attempts: 1 } },
    ])
    expect(await forwarding.drain()).toMatchObject([{ cursor: { seq: 4 }, delivered: 4, refused: 1, failure: null }])
    await forwarding.close()
    expect(server.asked.map(idsOf)[1]).toEqual([lines[2], lines[4]].map((line) => parse(line).hash))
    expect(refusals(dir, 'elasticsearch')).toMatchObject([{ seq: 3, reason: '400 some_exception: because' }])
  })

  it('that answers for fewer documents than it got has none', async () => {
    const dir = temporary()
    await fill(dir, 2)
    const server = await httpServer(() => ({ status: 200, body: { items: [{ create: { status: 201 } }] } }))
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 0, lag: 2 })
  })
})

describe('CloudWatch Logs', () => {
  const env = (url: string): NodeJS.ProcessEnv => ({
    LOKI_AUDIT_CLOUDWATCH_GROUP: '/loki/audit',
    LOKI_AUDIT_CLOUDWATCH_STREAM: 'main',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: TOKEN,
  })
  const actions = (asked: readonly Asked[]): unknown[] => asked.map(({ headers }) => headers['x-amz-target'])

  it('that refuses the signature leaves every entry to be sent', async () => {
    const dir = temporary()
    await fill(dir, 1)
    const server = await httpServer(() => ({ status: 400, body: { __type: 'UnrecognizedClientException' } }))
    const status = await drained(dir, env(server.url))
    expect(status).toMatchObject({ delivered: 0, lag: 1 })
    expect(JSON.stringify(status)).not.toContain(TOKEN)
  })

  it('that threw events away after saying 200 is not believed: they are written down', async () => {
    const dir = temporary()
    await fill(dir, 4)
    const server = await httpServer(() => ({
      status: 200,
      body: { rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 3 } },
    }))
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 2, refused: 2, lag: 0 })
    expect(refusals(dir, 'cloudwatch')).toMatchObject([{ seq: 0 }, { seq: 3 }])
  })

  it('gets its stream made, and events signed and in order', async () => {
    const dir = temporary()
    const lines = await fill(dir, 3)
    let made = false
    const server = await httpServer(({ headers }) => {
      if (headers['x-amz-target'] === 'Logs_20140328.CreateLogStream') made = true
      return made ? { status: 200, body: {} } : { status: 400, body: { __type: 'ResourceNotFoundException' } }
    })
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 3, lag: 0 })
    expect(actions(server.asked)).toEqual(
      ['PutLogEvents', 'CreateLogStream', 'PutLogEvents'].map((action) => `Logs_20140328.${action}`),
    )
    const { headers, body } = server.asked[2] ?? { headers: {}, body: '{}' }
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/logs\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
    )
    const { logEvents } = JSON.parse(body) as { logEvents: { timestamp: number; message: string }[] }
    expect(logEvents.map(({ message }) => message)).toEqual(lines)
  })

  it('gets entries of last month under the time of now, in calls of less than a day', async () => {
    const dir = temporary()
    await fill(dir, 2)
    const now = new Date(Date.now() + 30 * 86_400_000)
    const server = await httpServer(() => ({ status: 200, body: {} }))
    expect(await drained(dir, env(server.url), { now: () => now })).toMatchObject({ delivered: 2, lag: 0 })
    const { logEvents } = JSON.parse(server.asked[0]?.body ?? '{}') as { logEvents: { timestamp: number }[] }
    expect(logEvents.map(({ timestamp }) => timestamp)).toEqual([now.getTime(), now.getTime()])
  })
})

describe('OTLP', () => {
  const env = (url: string): NodeJS.ProcessEnv => ({ LOKI_OTEL_ENDPOINT: url, LOKI_AUDIT_OTLP: 'true' })

  it('that rejects some without saying which is not sent them again, and the number is written down', async () => {
    const dir = temporary()
    await fill(dir, 5)
    const body = { partialSuccess: { rejectedLogRecords: '2', errorMessage: 'too old' } }
    const server = await httpServer(() => ({ status: 200, body }))
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 3, refused: 2, lag: 0 })
    expect(refusals(dir, 'otlp')).toMatchObject([{ seq: 4, count: 2, reason: 'too old' }])
  })

  it('gets the raw lines', async () => {
    const dir = temporary()
    const lines = await fill(dir, 2)
    const server = await httpServer(() => ({ status: 200, body: {} }))
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 2, lag: 0 })
    const sent = JSON.parse(server.asked[0]?.body ?? '{}') as {
      resourceLogs: { scopeLogs: { logRecords: { body: { stringValue: string }; timeUnixNano: string }[] }[] }[]
    }
    const records = sent.resourceLogs[0]?.scopeLogs[0]?.logRecords ?? []
    expect(records.map(({ body }) => body.stringValue)).toEqual(lines)
    expect(records[0]?.timeUnixNano).toMatch(/^\d{19}$/)
    expect(server.asked[0]?.path).toBe('/v1/logs')
  })
})

it('a test record meets the real answer, and tells it without the token', async () => {
  const server = await httpServer(() => ({ status: 401, body: `who is ${TOKEN}?` }))
  const [target] = forwardTargets({ LOKI_AUDIT_SPLUNK_URL: server.url, LOKI_AUDIT_SPLUNK_TOKEN: TOKEN })
  if (target === undefined) throw new Error('expected a target')
  expect(await testTarget(target)).toMatchObject({
    ok: false,
    acknowledged: false,
    answer: 'HTTP 401 who is [redacted]?',
  })
})
