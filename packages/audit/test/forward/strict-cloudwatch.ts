import { createHash, createHmac } from 'node:crypto'
import type { Answer, Asked } from './servers.js'

/** What the fake knows and has. */
export interface LogGroup {
  readonly name: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Messages by stream. */
  readonly streams: Map<string, string[]>
}

const HOUR = 3_600_000

/** Answers PutLogEvents and CreateLogStream as CloudWatch Logs does: the signature is made anew and compared. */
export function strictCloudWatch(group: LogGroup): (asked: Asked) => Answer {
  return (asked) => {
    const refuse = (type: string, message: string): Answer => ({
      status: 400,
      headers: JSON_1_1,
      body: { __type: type, message },
    })
    const done = (body: object): Answer => ({ status: 200, headers: JSON_1_1, body })
    const wrong = signatureProblem(asked, group)
    if (wrong !== undefined) return refuse('InvalidSignatureException', wrong)
    if (asked.headers['content-type'] !== 'application/x-amz-json-1.1')
      return refuse('SerializationException', 'content type')
    const input = JSON.parse(asked.body) as Input
    if (input.logGroupName !== group.name) return refuse('ResourceNotFoundException', 'no such group')
    const stream = group.streams.get(input.logStreamName)
    switch (asked.headers['x-amz-target']) {
      case 'Logs_20140328.CreateLogStream':
        if (stream !== undefined) return refuse('ResourceAlreadyExistsException', 'it is there')
        group.streams.set(input.logStreamName, [])
        return { status: 200, headers: JSON_1_1, body: '' }
      case 'Logs_20140328.PutLogEvents': {
        if (stream === undefined) return refuse('ResourceNotFoundException', 'no such stream')
        const problem = problemOf(input.logEvents)
        if (problem !== undefined) return refuse('InvalidParameterException', problem)
        stream.push(...input.logEvents.map(({ message }) => message))
        return done({ nextSequenceToken: '1' })
      }
      default:
        return refuse('UnknownOperationException', String(asked.headers['x-amz-target']))
    }
  }
}

const JSON_1_1 = { 'content-type': 'application/x-amz-json-1.1' }

interface Input {
  readonly logGroupName: string
  readonly logStreamName: string
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[]
}

function problemOf(given: unknown): string | undefined {
  const events = given as Input['logEvents'] // looked at below
  if (!Array.isArray(given) || events.length === 0 || events.length > 10_000) return '1 to 10000 events'
  let bytes = 0
  let last = 0
  for (const { timestamp, message } of events) {
    if (!Number.isSafeInteger(timestamp) || typeof message !== 'string' || message === '') return 'timestamp, message'
    if (timestamp < last) return 'Log events in a single PutLogEvents request must be in chronological order.'
    if (Math.abs(timestamp - Date.now()) > 2 * HOUR) return 'the fake takes events of now only'
    last = timestamp
    bytes += Buffer.byteLength(message) + 26
  }
  if (last - (events[0]?.timestamp ?? 0) > 24 * HOUR) return 'a batch spans 24 hours at most'
  return bytes > 1_048_576 ? 'Upload too large' : undefined
}

/** Signature Version 4, made from the request as it came: whatever headers the client chose to sign. */
function signatureProblem({ path, headers, body }: Asked, group: LogGroup): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/logs\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
  const [, id, day = '', region = '', list = '', given] = pattern.exec(headers.authorization ?? '') ?? []
  if (id !== group.accessKeyId || region !== group.region) return `credential ${String(headers.authorization)}`
  const names = list.split(';')
  if (!['host', 'x-amz-date', 'x-amz-target'].every((name) => names.includes(name))) return `not signed: ${list}`
  if (names.join() !== names.toSorted().join()) return 'the signed headers are not in order'
  const stamp = String(headers['x-amz-date'])
  if (!stamp.startsWith(day) || Math.abs(parsedStamp(stamp) - Date.now()) > HOUR / 12) return `expired: ${stamp}`
  const canonical = [
    'POST',
    path,
    '',
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    list,
    sha256(body),
  ]
  const scope = `${day}/${region}/logs/aws4_request`
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical.join('\n'))].join('\n')
  let key = Buffer.from(`AWS4${group.secretAccessKey}`)
  for (const part of [...scope.split('/'), text]) key = createHmac('sha256', key).update(part).digest()
  return key.toString('hex') === given ? undefined : 'the signature is that of another request'
}

function parsedStamp(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
