import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { Client } from '@elastic/elasticsearch'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openForwarding } from '../../src/forward/index.js'
import type { TargetStatus } from '../../src/forward/index.js'
import { fill, parse, temporary } from '../folder.js'
import { httpServer } from './servers.js'
import type { Asked } from './servers.js'
import { strictCloudWatch } from './strict-cloudwatch.js'
import type { LogGroup } from './strict-cloudwatch.js'
import { strictElasticsearch } from './strict-elasticsearch.js'
import type { Documents } from './strict-elasticsearch.js'

async function drained(dir: string, env: NodeJS.ProcessEnv): Promise<TargetStatus | undefined> {
  const forwarding = openForwarding({ dir, env })
  try {
    return (await forwarding.drain())[0]
  } finally {
    await forwarding.close()
  }
}

describe('the official client of Elasticsearch and our sink', () => {
  const apiKey = 'bXk6a2V5'
  const index = 'logs-loki.audit-default'

  it('say the same to a server that is strict, and each is told 409 of what the other stored', async () => {
    const dir = temporary()
    const lines = await fill(dir, 5)
    const stored: Documents = new Map()
    const server = await httpServer(strictElasticsearch(stored, apiKey))
    const env = { LOKI_AUDIT_ELASTICSEARCH_URL: server.url, LOKI_AUDIT_ELASTICSEARCH_API_KEY: apiKey }
    expect(await drained(dir, env)).toMatchObject({ delivered: 5, refused: 0, lag: 0, failure: null })
    expect([...stored.keys()]).toEqual(lines.map((line) => parse(line).hash))

    const client = new Client({ node: server.url, auth: { apiKey }, maxRetries: 0 })
    onTestFinished(() => client.close())
    const documents = [...stored]
    const operations = documents.flatMap(([_id, document]) => [{ create: { _id } }, document])
    const again = await client.bulk({ index, operations })
    expect(again.items.map(({ create }) => create?.status)).toEqual([409, 409, 409, 409, 409])
    stored.clear()
    expect((await client.bulk({ index, operations })).errors).toBe(false)
    expect([...stored]).toEqual(documents)

    const [ours, theirs] = server.asked as [Asked, Asked]
    expect(theirs.body).toBe(ours.body)
    expect(theirs.path).toBe(ours.path)
    expect(theirs.headers.authorization).toBe(ours.headers.authorization)
    // The client names the version of the API that it was made for, which the plain type leaves open.
    expect(
      [ours, theirs].map(({ headers }) => headers['content-type']?.replace(/vnd\.elasticsearch\+|;.*/g, '')),
    ).toEqual(['application/x-ndjson', 'application/x-ndjson'])
  })

  it('are refused by it without the key, and for what a data stream does not take', async () => {
    const server = await httpServer(strictElasticsearch(new Map(), apiKey))
    const client = new Client({ node: server.url, auth: { apiKey: 'other' }, maxRetries: 0 })
    onTestFinished(() => client.close())
    await expect(client.bulk({ index, operations: [{ create: { _id: 'x' } }, {}] })).rejects.toThrow(
      'security_exception',
    )
    const right = new Client({ node: server.url, auth: { apiKey }, maxRetries: 0 })
    onTestFinished(() => right.close())
    await expect(right.bulk({ index, operations: [{ index: { _id: 'x' } }, {}] })).rejects.toThrow(
      'x_content_parse_exception',
    )
    const { items } = await right.bulk({ index, operations: [{ create: { _id: 'x' } }, { message: 'no time' }] })
    expect(items[0]?.create?.status).toBe(400)
    const dir = temporary()
    await fill(dir, 1)
    const env = { LOKI_AUDIT_ELASTICSEARCH_URL: server.url, LOKI_AUDIT_ELASTICSEARCH_API_KEY: 'other' }
    expect(await drained(dir, env)).toMatchObject({ delivered: 0, lag: 1 })
  })
})

describe('the official client of CloudWatch Logs and our sink', () => {
  const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
  const newGroup = (): LogGroup => ({
    name: '/loki/audit',
    region: 'eu-west-1',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey,
    streams: new Map(),
  })
  const env = (url: string, secret = secretAccessKey): NodeJS.ProcessEnv => ({
    LOKI_AUDIT_CLOUDWATCH_GROUP: '/loki/audit',
    LOKI_AUDIT_CLOUDWATCH_STREAM: 'ours',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: secret,
  })
  const clientOf = (endpoint: string, secret = secretAccessKey): CloudWatchLogsClient => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret }
    const client = new CloudWatchLogsClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })
    onTestFinished(() => {
      client.destroy()
    })
    return client
  }

  it('sign and say the same to a server that is strict', async () => {
    const dir = temporary()
    const lines = await fill(dir, 4)
    const group = newGroup()
    const server = await httpServer(strictCloudWatch(group))
    expect(await drained(dir, env(server.url))).toMatchObject({ delivered: 4, refused: 0, lag: 0, failure: null })
    expect(group.streams.get('ours')).toEqual(lines)

    const client = clientOf(server.url)
    const logGroupName = '/loki/audit'
    const logStreamName = 'theirs'
    const logEvents = lines.map((line) => ({ timestamp: Date.parse(parse(line).timestamp), message: line }))
    const put = new PutLogEventsCommand({ logGroupName, logStreamName, logEvents })
    await expect(client.send(put)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    await client.send(put)
    expect(group.streams.get('theirs')).toEqual(lines)

    const kinds = ({ path, headers }: Asked): unknown => [path, headers['x-amz-target'], headers['content-type']]
    const [ours, theirs] = [server.asked.slice(0, 3), server.asked.slice(3)]
    expect(theirs.map(kinds)).toEqual(ours.map(kinds))
    expect(theirs.map(({ body }) => JSON.parse(body.replaceAll('theirs', 'ours')) as unknown)).toEqual(
      ours.map(({ body }) => JSON.parse(body) as unknown),
    )
    const scope = ({ headers }: Asked): unknown => headers.authorization?.replace(/SignedHeaders=.*/, '')
    expect(theirs.map(scope)).toEqual(ours.map(scope))
  })

  it('are refused by it with another secret', async () => {
    const group = newGroup()
    const server = await httpServer(strictCloudWatch(group))
    const put = new CreateLogStreamCommand({ logGroupName: '/loki/audit', logStreamName: 'x' })
    await expect(clientOf(server.url, 'wrong').send(put)).rejects.toMatchObject({ name: 'InvalidSignatureException' })
    const dir = temporary()
    await fill(dir, 1)
    const status = await drained(dir, env(server.url, 'wrong'))
    expect(status).toMatchObject({ delivered: 0, lag: 1 })
    expect(status?.failure?.reason).toContain('InvalidSignatureException')
    expect(group.streams.size).toBe(0)
  })
})
