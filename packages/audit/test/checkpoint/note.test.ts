import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseSkey, parseVkey, signerOf, skeyOf, vkeyOf } from '../../src/note/key.js'
import { formatNote, noteSignature, openNote, parseNote, timeSignature } from '../../src/note/note.js'

// The example of the documentation of Go's golang.org/x/mod/sumdb/note: keys, text and signed note.
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const SKEY = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const SIGNATURE =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'

const invalid = { code: 'INVALID_NOTE' }

test.each([
  ['a name with a space', VKEY.replace('Peter', 'Peter ')],
  ['an id of other bytes', VKEY.replace('c74f', 'c74e')],
  ['an unknown algorithm', VKEY.replace('+ARpc', '+AhpC')],
  ['base64 that is not its own encoding', `${VKEY.slice(0, -1)}X=`],
  ['nothing', ''],
])('a public key with %s is refused', (_, text) => {
  expect(() => parseVkey(text)).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }) as Error)
})

test('a malformed private key is refused without showing it', () => {
  expect(() => parseSkey(SKEY.replace('c74f', 'c74e'))).toThrow(
    expect.objectContaining({ code: 'INVALID_KEY' }) as Error,
  )
  expect(() => parseSkey(`${SKEY}=`)).not.toThrow(/AYEKFALV/)
})

test('keys, signature and note of the example of Go are ours, byte for byte', () => {
  const signer = parseSkey(SKEY)
  expect([vkeyOf(signer), skeyOf(signer)]).toEqual([VKEY, SKEY])
  expect(noteSignature(TEXT, signer)).toBe(SIGNATURE)
  expect(openNote(parseNote(`${TEXT}\n${SIGNATURE}`), [parseVkey(VKEY)])).toEqual({ text: TEXT, time: undefined })
})

test.each([
  ['changed text', `${TEXT.replace('answer', 'Answer')}\n${SIGNATURE}`],
  ['a changed signature', `${TEXT}\n${SIGNATURE.replace('ZJku', 'ZJkv')}`],
  ['no signature of the key', `${TEXT}\n${SIGNATURE.replace('PeterNeumann', 'Peter')}`],
  ['no empty line', `${TEXT}${SIGNATURE}`],
  ['no last line feed', `${TEXT}\n${SIGNATURE.trimEnd()}`],
  ['a control character', `${TEXT}\n\t${SIGNATURE}`],
  ['too many signatures', `${TEXT}\n${SIGNATURE.repeat(65)}`],
  ['too many bytes', `${'x\n'.repeat(40_000)}\n${SIGNATURE}`],
])('a note with %s is refused', (_, note) => {
  expect(() => openNote(parseNote(note), [parseVkey(VKEY)])).toThrow(expect.objectContaining(invalid) as Error)
})

test('keys that nobody named are ignored, but one bad signature of a named key spoils the note', () => {
  const known = parseSkey(SKEY)
  const others = Array.from({ length: 20 }, (_, index) =>
    signerOf(`other${index}`, generateKeyPairSync('ed25519').privateKey),
  )
  const lines = [...others, known].map((signer) => noteSignature(TEXT, signer))
  expect(openNote(parseNote(formatNote(TEXT, lines)), [known])).toMatchObject({ text: TEXT })
  const spoilt = formatNote(TEXT, [...lines, noteSignature('other\n', known)])
  expect(() => openNote(parseNote(spoilt), [known])).toThrow(expect.objectContaining(invalid) as Error)
})

test('a signed time is read, and refused when it was changed', () => {
  const signer = parseSkey(SKEY)
  const note = formatNote(TEXT, [noteSignature(TEXT, signer), timeSignature(TEXT, signer, 1_790_000_000)])
  expect(openNote(parseNote(note), [signer])).toEqual({ text: TEXT, time: 1_790_000_000 })
  const parsed = parseNote(note)
  parsed.lines[1]?.signature.writeUInt8(9, 7)
  expect(() => openNote(parsed, [signer])).toThrow(expect.objectContaining(invalid) as Error)
})
