import { AuditError } from '../error.js'
import { parseVkey, vkeyOf } from '../note/key.js'
import type { Verifier } from '../note/key.js'
import { cosignerKey, parseCosigner } from './cosignature.js'

const LONGEST = 256 * 1024
const MOST = 1024

/** A witness of a policy. */
export interface PolicyWitness {
  readonly name: string
  readonly verifier: Verifier
  /** Its public key, as a vkey. */
  readonly key: string
  readonly url: string | undefined
}

/** Which logs and which witnesses are trusted: C2SP tlog-policy. */
export interface Policy {
  /** The keys of logs, as vkeys. */
  readonly logs: readonly string[]
  readonly witnesses: readonly PolicyWitness[]
  /** Tells whether the witnesses of these names are enough. */
  readonly isQuorum: (names: ReadonlySet<string>) => boolean
}

type Met = (names: ReadonlySet<string>) => boolean

/**
 * Reads a policy. With `quorum: false` the quorum line may be missing, for a witness that only asks whom it knows.
 * Throws an AuditError `INVALID_SETTING` that names the line.
 */
export function parsePolicy(text: string, options: { readonly quorum?: boolean } = {}): Policy {
  if (text.length > LONGEST)
    throw new AuditError('INVALID_SETTING', `expected a policy of at most ${LONGEST} characters`)
  const logs: string[] = []
  const witnesses: PolicyWitness[] = []
  const names = new Map<string, Met>()
  const members = new Set<string>()
  let quorum: Met | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fail = (expected: string): never => {
      throw new AuditError('INVALID_SETTING', `expected ${expected} in line ${index + 1} of the policy`)
    }
    const name = (word: string | undefined): string =>
      word === undefined || word === 'none' || names.has(word) ? fail('a name that is not taken') : word
    const met = (word: string | undefined): Met => names.get(word ?? '') ?? fail('a name that a line above defines')
    const words = line.split(/[ \t]+/).filter((word) => word !== '')
    const [kind, first, second, third] = words
    if (kind === undefined || kind.startsWith('#')) continue
    if (logs.length + names.size > MOST) fail(`at most ${MOST} definitions`)
    switch (kind) {
      case 'log': {
        if (first === undefined || words.length > 3) fail('log <vkey> [<url>]')
        const key = vkeyOf(parseVkey(first ?? ''))
        if (logs.some((other) => rawOf(other) === rawOf(key))) fail('a log whose key is not there yet')
        logs.push(key)
        break
      }
      case 'witness': {
        if (second === undefined || words.length > 4) fail('witness <name> <vkey> [<url>]')
        const verifier = parseCosigner(second ?? '')
        if (witnesses.some((other) => other.verifier.raw.equals(verifier.raw))) fail('a witness whose key is new')
        const word = name(first)
        witnesses.push({ name: word, verifier, key: cosignerKey(verifier), url: third })
        names.set(word, (seen) => seen.has(word))
        break
      }
      case 'group': {
        const parts = words.slice(3)
        const least =
          second === 'any' ? 1 : second === 'all' ? parts.length : /^[1-9]\d*$/.test(second ?? '') ? Number(second) : 0
        if (least < 1 || least > parts.length) fail('group <name> all|any|<k> <name>..., with k names at least')
        if (new Set(parts).size < parts.length || parts.some((part) => members.has(part)))
          fail('each name in one group only')
        const word = name(first)
        const each = parts.map(met)
        for (const part of parts) members.add(part)
        names.set(word, (seen) => each.filter((one) => one(seen)).length >= least)
        break
      }
      case 'quorum':
        if (quorum !== undefined || words.length !== 2) fail('one quorum <name>')
        quorum = first === 'none' ? (): boolean => true : met(first)
        break
      default:
        fail('log, witness, group or quorum')
    }
  }
  if (quorum === undefined && options.quorum !== false) {
    throw new AuditError('INVALID_SETTING', 'expected the policy to have a quorum line')
  }
  return { logs, witnesses, isQuorum: quorum ?? ((): boolean => true) }
}

/** Two vkeys are the same key when they hold the same bytes, whatever their names. */
function rawOf(vkey: string): string {
  return parseVkey(vkey).raw.toString('hex')
}
