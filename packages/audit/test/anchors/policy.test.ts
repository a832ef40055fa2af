import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  anchorsFromVariables,
  backgroundAnchors,
  parsePolicy,
  policyAnchor,
  readFailures,
  readReceipts,
  witnessAnchor,
} from '../../src/anchors/index.js'
import { cosignerKey } from '../../src/anchors/cosignature.js'
import { verifyLog } from '../../src/index.js'
import type { AuditLog } from '../../src/index.js'
import { signerOf, vkeyOf } from '../../src/note/key.js'
import { newOwner } from '../checkpoint/signed.js'
import { openLog, temporary } from '../folder.js'
import { grown, witnessOf } from './logs.js'

const witnessKey = (name: string): string => cosignerKey(signerOf(name, generateKeyPairSync('ed25519').privateKey))
const logKey = (name: string): string => vkeyOf(signerOf(name, generateKeyPairSync('ed25519').privateKey))
const [A, B, C] = ['a', 'b', 'c'].map(witnessKey) as [string, string, string]
const L = logKey('log.example')
const three = `witness A ${A}\nwitness B ${B}\nwitness C ${C}\n`

describe('a policy is refused', () => {
  it.each([
    ['without a quorum', three],
    ['with two quorums', `${three}quorum A\nquorum B\n`],
    ['with a quorum that nobody defined', `${three}quorum D\n`],
    ['with a quorum that is defined below', `quorum A\n${three}`],
    ['with a name that is taken', `${three}group A any B C\nquorum none\n`],
    ['with the name none', `witness none ${A}\nquorum none\n`],
    ['with none in a group', `${three}group G any A none\nquorum G\n`],
    ['with one key twice', `witness A ${A}\nwitness B ${A}\nquorum none\n`],
    ['with one log twice', `log ${L}\nlog ${L}\nquorum none\n`],
    ['with a threshold of none', `${three}group G 0 A B\nquorum G\n`],
    ['with a threshold above its members', `${three}group G 3 A B\nquorum G\n`],
    ['with an empty group', `${three}group G all\nquorum G\n`],
    ['with a member twice', `${three}group G 2 A A\nquorum G\n`],
    ['with a member of two groups', `${three}group G any A B\ngroup H any A C\nquorum H\n`],
    ['with a group of itself', `${three}group G any A G\nquorum G\n`],
    ['with an unknown word', `${three}trust A\nquorum none\n`],
    ['with a key that was changed', `witness A ${A.slice(0, -2)}AA\nquorum none\n`],
    ['with the key of a log as a witness has it', `log ${A}\nquorum none\n`],
    ['with a comment behind a definition', `quorum none # really\n`],
    ['of too many lines', `${`# ${'x'.repeat(1000)}\n`.repeat(300)}quorum none\n`],
  ])('%s', (_, text) => {
    expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ name: 'AuditError' }) as Error)
  })
})

describe('a policy', () => {
  it('knows its logs and witnesses, with any spaces and comments', () => {
    const text = `# ours\n\n \t log\t${L}  https://log.example \n  witness A ${A} https://a.example\n quorum  A\t\n`
    expect(parsePolicy(text)).toMatchObject({ logs: [L], witnesses: [{ name: 'A', key: A, url: 'https://a.example' }] })
  })

  it.each([
    ['quorum none\n', { '': true }],
    [`${three}quorum B\n`, { A: false, B: true }],
    [`${three}group G any A B C\nquorum G\n`, { '': false, C: true }],
    [`${three}group G all A B C\nquorum G\n`, { 'A B': false, 'A B C': true }],
    [`${three}group G 2 A B C\nquorum G\n`, { A: false, 'A C': true }],
    [`${three}group G any A B\ngroup H all G C\nquorum H\n`, { 'A B': false, 'B C': true }],
  ] as [string, Record<string, boolean>][])('%j', (text, cases) => {
    const { isQuorum } = parsePolicy(text)
    for (const [names, expected] of Object.entries(cases)) expect(isQuorum(new Set(names.split(' ')))).toBe(expected)
  })

  it('is met when enough of its witnesses cosign, and not when too few can', async () => {
    const dir = temporary()
    const { signingKey, publicKey } = newOwner()
    const checkpoint = await grown(dir, 5, signingKey)
    const [one, two] = [await witnessOf([publicKey], { name: 'w1' }), await witnessOf([publicKey], { name: 'w2' })]
    const text = `witness W1 ${one.key} ${one.url}\nwitness W2 ${two.key} ${two.url}\nwitness D ${A} http://127.0.0.1:1\n`
    const anchor = (quorum: string): Promise<void> =>
      policyAnchor({ dir, name: 'p', policy: parsePolicy(`${text}${quorum}`) }).keep(checkpoint)
    await expect(anchor('group G all W1 W2 D\nquorum G\n')).rejects.toMatchObject({ code: 'ANCHOR_FAILED' })
    await anchor('group G 2 W1 W2 D\nquorum G\n')
    expect(new Set((await readReceipts(dir)).receipts.map(({ name }) => name))).toEqual(new Set(['w1', 'w2']))
    const noAddress = (): unknown => policyAnchor({ dir, name: 'p', policy: parsePolicy(`witness B ${B}\nquorum B\n`) })
    expect(noAddress).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }) as Error)
  })

  it('is not met when one witness has seen another history, whatever the others say', async () => {
    const [dir, { signingKey, publicKey }] = [temporary(), newOwner()]
    const [older, newer] = [await grown(dir, 5, signingKey), await grown(dir, 5, signingKey)]
    const [one, two] = [await witnessOf([publicKey], { name: 'w1' }), await witnessOf([publicKey], { name: 'w2' })]
    const text = `witness W1 ${one.key} ${one.url}\nwitness W2 ${two.key} ${two.url}\n`
    await policyAnchor({ dir, name: 'p', policy: parsePolicy(`${text}quorum W1\n`.replace(two.url, '')) }).keep(newer)
    // Another folder, as of a machine that was put back: without receipts, at the older checkpoint.
    const cut = temporary()
    const both = policyAnchor({ dir: cut, name: 'p', policy: parsePolicy(`${text}group G any W1 W2\nquorum G\n`) })
    await expect(both.keep(older)).rejects.toMatchObject({ code: 'ANCHOR_CONFLICT' })
  })
})

describe('the environment', () => {
  const dir = '/nowhere'
  it('without a variable names no anchor', () => {
    expect(anchorsFromVariables({}, { dir })).toEqual([])
    expect(anchorsFromVariables({ LOKI_AUDIT_ANCHOR_FILE: '  ' }, { dir })).toEqual([])
  })

  it.each([
    [{ LOKI_AUDIT_ANCHOR_WITNESS_URL: 'https://w.example' }, 'LOKI_AUDIT_ANCHOR_WITNESS_KEY'],
    [
      { LOKI_AUDIT_ANCHOR_WITNESS_URL: 'http://w.example', LOKI_AUDIT_ANCHOR_WITNESS_KEY: A },
      'LOKI_AUDIT_ANCHOR_WITNESS_URL',
    ],
    [
      { LOKI_AUDIT_ANCHOR_WITNESS_URL: 'https://w.example', LOKI_AUDIT_ANCHOR_WITNESS_KEY: 'x' },
      'LOKI_AUDIT_ANCHOR_WITNESS_URL',
    ],
    [{ LOKI_AUDIT_ANCHOR_POLICY: '/nowhere/policy' }, 'LOKI_AUDIT_ANCHOR_POLICY'],
    [{ LOKI_AUDIT_ANCHOR_TSA_URL: 'ftp://tsa.example' }, 'LOKI_AUDIT_ANCHOR_TSA_URL'],
    [{ LOKI_AUDIT_ANCHOR_GIT: '.', LOKI_AUDIT_ANCHOR_GIT_REF: 'main' }, 'LOKI_AUDIT_ANCHOR_GIT'],
  ])('%j is an error that names %s', (env, name) => {
    expect(() => anchorsFromVariables(env, { dir })).toThrow(name)
  })

  it('names one anchor for each', () => {
    const policy = join(temporary(), 'policy')
    writeFileSync(policy, `witness B ${B} https://b.example\nquorum B\n`)
    const anchors = anchorsFromVariables(
      {
        LOKI_AUDIT_ANCHOR_WITNESS_URL: 'https://a.example/log/',
        LOKI_AUDIT_ANCHOR_WITNESS_KEY: A,
        LOKI_AUDIT_ANCHOR_POLICY: policy,
        LOKI_AUDIT_ANCHOR_TSA_URL: 'http://tsa.example/tsr',
        LOKI_AUDIT_ANCHOR_GIT: '/srv/audit.git',
        LOKI_AUDIT_ANCHOR_GIT_REMOTE: 'https://me:secret@git.example/x',
        LOKI_AUDIT_ANCHOR_FILE: '/mnt/safe/checkpoint',
      },
      { dir },
    )
    expect(anchors.map(({ kind, destination }) => `${kind} ${destination}`)).toEqual([
      'witness https://a.example/log',
      'witness https://b.example',
      'timestamp http://tsa.example/tsr',
      'git /srv/audit.git refs/loki/audit to https://git.example/x',
      'file /mnt/safe/checkpoint',
    ])
  })
})

describe('anchors in the background', () => {
  const kept = async (env: NodeJS.ProcessEnv): Promise<number> => {
    const dir = temporary()
    const { signingKey } = newOwner()
    const [anchor] = backgroundAnchors({ LOKI_AUDIT_ANCHOR_FILE: join(temporary(), 'copy'), ...env }, { dir })
    for (let count = 0; count < 3; count++) await anchor?.keep(await grown(dir, 1, signingKey))
    return (await readReceipts(dir)).receipts.length
  }

  it('get one checkpoint in an interval, every one where it is 0, and every one that a record waits for', async () => {
    expect(await kept({})).toBe(1)
    expect(await kept({ LOKI_AUDIT_ANCHOR_INTERVAL: '0' })).toBe(3)
    expect(await kept({ LOKI_AUDIT_DURABILITY: 'anchored' })).toBe(3)
    expect(() => backgroundAnchors({ LOKI_AUDIT_ANCHOR_INTERVAL: '-1' }, { dir: '.' })).toThrow(
      'LOKI_AUDIT_ANCHOR_INTERVAL',
    )
  })
})

it('a record with the durability anchored is answered once a witness has cosigned it, and not when it does not', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const witness = await witnessOf([publicKey])
  const open = (): AuditLog => {
    const anchors = [witnessAnchor({ url: witness.url, key: witness.key, dir, timeoutMs: 500 })]
    const log = openLog(dir, { checkpoints: true, signingKey, durability: 'anchored', anchors })
    return log
  }
  const log = open()
  await Promise.all([1, 2, 3].map((number) => log.record({ who: 'a', what: `b${number}` })))
  expect((await readReceipts(dir)).receipts.at(-1)?.size).toBeGreaterThanOrEqual(3)
  await witness.close()
  await expect(log.record({ who: 'a', what: 'c' })).rejects.toMatchObject({ code: 'NOT_ANCHORED' })
  await log.close()
  expect(await verifyLog(dir, { witnesses: [witness.key] })).toMatchObject({ verdict: 'INTACT' })
})

describe('a log that signs checkpoints', () => {
  const openWith = (dir: string, env: NodeJS.ProcessEnv): AuditLog =>
    openLog(dir, { checkpoints: true, signingKey: newOwner().signingKey, env })

  it('refuses a malformed anchor of the environment', () => {
    expect(() => openWith(temporary(), { LOKI_AUDIT_ANCHOR_TSA_URL: 'nowhere' })).toThrow('LOKI_AUDIT_ANCHOR_TSA_URL')
  })

  it('writes an anchor that fails down until it works again, and is not held up by it', async () => {
    const dir = temporary()
    const folder = join(temporary(), 'mount')
    const env = { LOKI_AUDIT_ANCHOR_FILE: join(folder, 'copy'), LOKI_AUDIT_ANCHOR_INTERVAL: '0' }
    const { signingKey } = newOwner()
    for (const isThere of [false, true]) {
      if (isThere) mkdirSync(folder)
      const log = openLog(dir, { checkpoints: true, signingKey, env })
      await log.record({ who: 'a', what: 'b' })
      await log.close()
      const codes = readFailures(dir).map(({ kind, code }) => `${kind} ${code}`)
      expect(codes).toEqual(isThere ? [] : ['file ANCHOR_FAILED'])
      expect((await readReceipts(dir)).receipts.length > 0).toBe(isThere)
    }
  })
})
