import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proveConsistency, proveEntry, verifyLog } from '../../src/index.js'
import { endorsementsOf } from '../../src/keys/endorsement.js'
import { parseSkey, skeyOf, signerOf, vkeyOf } from '../../src/note/key.js'
import { openNote, parseNote } from '../../src/note/note.js'
import { linesOf, parse, temporary } from '../folder.js'
import { addSigned, latestOf, newOwner } from './signed.js'

const PAGE = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'formats', 'checkpoints.md')
const GO_CODE = '/usr/share/gocode'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const hasGo =
  spawnSync('go', ['version']).status === 0 && existsSync(join(GO_CODE, 'src', 'golang.org', 'x', 'mod', 'sumdb'))

if (!hasOpenssl) console.warn('not verified with openssl: it is not installed')
if (!hasGo) console.warn('not verified with Go: golang-go or golang-golang-x-mod-dev is not installed')

test.skipIf(!hasOpenssl)('openssl alone verifies the sample of the page, and finds it changed', async () => {
  const page = readFileSync(PAGE, 'utf8')
  const block = (language: string): string => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
  const dir = temporary()
  expect(execFileSync('sh', ['-ec', block('sh')], { cwd: dir, encoding: 'utf8' })).toBe(block('text'))
  const [, publicKey = ''] = /^owner='([^']+)'$/m.exec(block('sh')) ?? []
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'INTACT', checkpoint: { size: 2 } })
  const changed = block('sh').replace('\n2\n', '\n3\n')
  expect(changed).not.toBe(block('sh'))
  expect(spawnSync('sh', ['-ec', changed], { cwd: dir, encoding: 'utf8' }).status).not.toBe(0)
})

test.skipIf(!hasGo)('Go verifies checkpoints, inclusion and consistency', { timeout: 120_000 }, async () => {
  const dir = temporary()
  const { signingKey } = newOwner()
  const older = 613
  await addSigned(dir, older, { signingKey })
  const oldNote = readFileSync(latestOf(dir), 'utf8')
  await addSigned(dir, 1000 - older, { signingKey })
  const note = readFileSync(latestOf(dir), 'utf8')
  const leaf = parse(linesOf(dir)[777]).hash.slice('sha256:'.length)
  const skey = skeyOf(signerOf('ours', signingKey))
  const args = [
    ...[sessionOf(note), note, leaf, await proveEntry(dir, 777)],
    ...[sessionOf(oldNote), oldNote, await proveConsistency(dir, oldNote), skey],
  ]
  const program = join(import.meta.dirname, 'stranger', 'main.go')
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_CODE, GOCACHE: join(temporary(), 'cache'), GOFLAGS: '' }
  const { stdout, stderr } = spawnSync('go', ['run', program, ...args], { encoding: 'utf8', env })
  expect(stderr).toBe('')
  expect(stdout).toContain('checkpoint 1000\ninclusion 777\nconsistency 613\n')
  const signed = stdout.slice(stdout.indexOf('signed by Go'))
  expect(openNote(parseNote(signed), [parseSkey(skey)]).text).toBe('signed by Go\n')
})

function sessionOf(note: string): string {
  const [endorsement] = endorsementsOf(parseNote(note), note.split('\n')[0] ?? '')
  if (endorsement === undefined) throw new Error('the note is not endorsed')
  return vkeyOf(endorsement.session)
}
