import { expect, test } from 'vitest'
import { signed } from '../../src/forward/sinks/sigv4.js'

// From the Signature Version 4 test suite that AWS published: post-vanilla.
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const REQUEST = {
  url: 'https://example.amazonaws.com/',
  headers: {},
  body: '',
  region: 'us-east-1',
  service: 'service',
}
const AT = new Date('2015-08-30T12:36:00Z')

test('a request is signed as AWS signs it', () => {
  expect(signed(REQUEST, CREDENTIALS, AT)).toEqual({
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  })
})

test('a session token is part of what is signed', () => {
  const headers = signed(REQUEST, { ...CREDENTIALS, sessionToken: 'token' }, AT)
  expect(headers).toMatchObject({ 'x-amz-security-token': 'token' })
  expect(headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,')
})
