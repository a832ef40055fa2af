import { createHash, createHmac } from 'node:crypto'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface Signable {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly region: string
  readonly service: string
}

/** AWS Signature Version 4 of a POST without a query: gives its headers, signature included, except for `host`, which `fetch` sets. */
export function signed(asked: Signable, credentials: Credentials, now: Date): Record<string, string> {
  const { host, pathname } = new URL(asked.url)
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = stamp.slice(0, 8)
  const headers: Record<string, string> = {
    ...asked.headers,
    'x-amz-date': stamp,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  }
  const covered: Record<string, string> = { ...headers, host }
  const names = Object.keys(covered).sort()
  const list = names.join(';')
  const canonical = [
    'POST',
    pathname,
    '',
    ...names.map((name) => `${name}:${(covered[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    list,
    sha256(asked.body),
  ].join('\n')
  const scope = `${day}/${asked.region}/${asked.service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')
  const key = [day, asked.region, asked.service, 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  )
  const signature = hmac(key, text).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`
  return { ...headers, authorization }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
