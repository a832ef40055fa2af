import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readReceipts, witnessAnchor } from '../../src/anchors/index.js'
import { endorsementsOf } from '../../src/keys/endorsement.js'
import { vkeyOf } from '../../src/note/key.js'
import { parseNote } from '../../src/note/note.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { grown, witnessOf } from './logs.js'

const GO_CODE = '/usr/share/gocode'
const hasGo =
  spawnSync('go', ['version']).status === 0 && existsSync(join(GO_CODE, 'src', 'golang.org', 'x', 'mod', 'sumdb'))
if (!hasGo) console.warn('cosignatures are not verified with Go: golang-go or golang-golang-x-mod-dev is not installed')

it.skipIf(!hasGo)('Go opens a cosigned checkpoint, and refuses a changed one', { timeout: 120_000 }, async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const { url, key } = await witnessOf([publicKey], { now: () => new Date(1_900_000_000_000) })
  await witnessAnchor({ url, key, dir }).keep(await grown(dir, 7, signingKey))
  const [receipt] = (await readReceipts(dir)).receipts
  const checkpoint = receipt?.checkpoint ?? ''
  const origin = receipt?.origin ?? ''
  const [endorsement] = endorsementsOf(parseNote(checkpoint), origin)
  if (endorsement === undefined) throw new Error('expected an endorsement')
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_CODE, GOCACHE: join(temporary(), 'cache'), GOFLAGS: '' }
  const program = join(temporary(), 'stranger')
  const source = join(import.meta.dirname, 'stranger', 'main.go')
  expect(spawnSync('go', ['build', '-o', program, source], { env, encoding: 'utf8' })).toMatchObject({
    stderr: '',
    status: 0,
  })
  const open = (note: string): string =>
    spawnSync(program, [vkeyOf(endorsement.session), key, note], { encoding: 'utf8' }).stdout
  expect(open(checkpoint)).toBe(`signed by ${origin}\nsigned by witness.example/w1\ntime 1900000000\n`)
  expect(open(checkpoint.replace('\n7\n', '\n8\n'))).toMatch(/^refused: /)
  const lines = checkpoint.trimEnd().split('\n')
  const last = lines.pop() ?? ''
  // A later time in front of the same signature.
  const [dash, name, blob = ''] = last.split(' ')
  const bytes = Buffer.from(blob, 'base64')
  bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11)
  expect(open(`${[...lines, [dash, name, bytes.toString('base64')].join(' ')].join('\n')}\n`)).toMatch(/^refused: /)
})
