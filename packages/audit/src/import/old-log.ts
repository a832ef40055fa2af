import { hash } from 'node:crypto'
import { dumpPython, parsePython, textMember } from './python-json.js'

/** What an old log was written by. */
export type OldFormat = 'agent' | 'dashboard'

/** What is wrong with a line of an old log. */
export type OldDefect =
  /** It is no JSON object. */
  | 'not-json'
  | 'not-utf8'
  /** Longer than anything that is looked at. */
  | 'too-long'
  /** The file ends in the middle of it. */
  | 'no-line-end'
  /** A field is missing or of another type. */
  | 'bad-fields'
  /** It has more, other or repeated fields, or other spelling, than its hash covers. */
  | 'not-as-written'
  /** Its hash is not that of its content. */
  | 'hash-mismatch'
  /** It does not follow the line before. */
  | 'link-broken'
  | 'seq-gap'
  /** It begins a new chain in the middle of a file. */
  | 'chain-restarted'
  /** It has no hash: whoever wrote it had switched integrity off. */
  | 'no-hash'
  /** What came before it is not at hand, so its hash cannot be computed. */
  | 'predecessor-unknown'

/** What the old log itself can say for a line. */
type OldVerdict = 'verified' | 'unverifiable' | 'defective'

/** One line of an old log, judged. */
export interface OldLine {
  readonly verdict: OldVerdict
  readonly defects: readonly OldDefect[]
  readonly hash: string | null
  readonly previousHash: string | null
  /** What a reader wants to see at once, as the line says it. */
  readonly says: {
    readonly timestamp: string | null
    readonly who: string | null
    readonly what: string | null
    readonly where: string | null
  }
}

/** Judges the lines of one old log in their order. */
export interface OldChain {
  readonly format: OldFormat
  see(line: string): OldLine
  /** A line that could not be read: what follows it has no predecessor. */
  lost(): void
}

/** Which log a line is of: an old one's, this package's own, or none that is known. */
export function formatOf(line: string): OldFormat | 'own' | undefined {
  const value = parsePython(line)
  if (value?.kind !== 'dict') return undefined
  const { members } = value
  if (textMember(value, 'hash')?.startsWith('sha256:') === true) return 'own'
  if (members.has('previousHash') && members.has('seq') && members.has('who')) return 'agent'
  if (members.has('_integrity_hash') || (members.has('action') && members.has('resource_type'))) return 'dashboard'
  return undefined
}

/** Opens the chain of a log. Of a dashboard's, one chain runs across its files: it goes on in the next. */
export function openChain(format: OldFormat, previous?: OldChain): OldChain {
  if (format === 'agent') return new AgentChain()
  return previous?.format === 'dashboard' ? previous : new DashboardChain()
}

const NOTHING = { timestamp: null, who: null, what: null, where: null }
const AGENT_GENESIS = 'GENESIS'
const DASHBOARD_GENESIS = '0'.repeat(64)

/** `.loki/audit/audit.jsonl`: SHA-256 of JSON.stringify of eight fields in a fixed order. */
class AgentChain implements OldChain {
  readonly format = 'agent'
  #previous: string | undefined = AGENT_GENESIS
  #seq: number | undefined = 0

  see(line: string): OldLine {
    const fields = objectOf(line)
    if (fields === undefined) {
      this.lost()
      return bad(['not-json'])
    }
    try {
      return this.#judged(line, fields)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.lost() // nested so deeply that JSON.stringify, which the hash is made with, gives up
      return bad(['bad-fields'])
    }
  }

  lost(): void {
    this.#previous = undefined
    this.#seq = undefined
  }

  #judged(line: string, fields: Record<string, unknown>): OldLine {
    const { seq, timestamp, who, what, where, why, metadata, previousHash, hash: own } = fields
    const says = { timestamp: textOf(timestamp), who: textOf(who), what: textOf(what), where: textOf(where) }
    if (typeof own !== 'string' || typeof previousHash !== 'string' || typeof seq !== 'number') {
      this.lost()
      return { ...bad(['bad-fields']), says }
    }
    const covered = { seq, timestamp, who, what, where, why, metadata, previousHash }
    const defects: OldDefect[] = []
    if (JSON.stringify({ ...covered, hash: own }) !== line) defects.push('not-as-written')
    if (hash('sha256', JSON.stringify(covered)) !== own) defects.push('hash-mismatch')
    const known = this.#previous !== undefined
    if (known && previousHash !== this.#previous) {
      defects.push(previousHash === AGENT_GENESIS ? 'chain-restarted' : 'link-broken')
    }
    if (this.#seq !== undefined && seq !== this.#seq) defects.push('seq-gap')
    this.#previous = own
    this.#seq = seq + 1
    return judged({ defects, known, hash: own, previousHash, says })
  }
}

/** `audit-DATE.jsonl` of the dashboard: SHA-256 of the hash before and Python's JSON of the rest, keys sorted. */
class DashboardChain implements OldChain {
  readonly format = 'dashboard'
  #previous: string | undefined
  #first = true

  see(line: string): OldLine {
    const value = parsePython(line)
    if (value?.kind !== 'dict') {
      this.lost()
      return bad(['not-json'])
    }
    const named = [textMember(value, 'resource_type'), textMember(value, 'resource_id')]
    const says = {
      timestamp: textMember(value, 'timestamp') ?? null,
      who: textMember(value, 'user_id') ?? textMember(value, 'token_id') ?? null,
      what: textMember(value, 'action') ?? null,
      where: named.filter((part) => part !== undefined).join(':') || null,
    }
    const own = textMember(value, '_integrity_hash')
    if (own === undefined) {
      const defect = value.members.has('_integrity_hash') ? 'bad-fields' : 'no-hash'
      return { verdict: defect === 'no-hash' ? 'unverifiable' : 'defective', defects: [defect], ...NO_HASHES, says }
    }
    const rest = dumpPython(value, ['_integrity_hash'])
    const hashAfter = (before: string): string => hash('sha256', before + rest)
    const before = this.#before(own, hashAfter)
    const defects: OldDefect[] = []
    // The hash covers the line before and the content at once: which of them is another cannot be told.
    if (before !== undefined && hashAfter(before) !== own) {
      defects.push(hashAfter(DASHBOARD_GENESIS) === own ? 'chain-restarted' : 'hash-mismatch')
    }
    this.#previous = own
    this.#first = false
    return judged({ defects, known: before !== undefined, hash: own, previousHash: before ?? null, says })
  }

  lost(): void {
    this.#previous = undefined
    this.#first = false
  }

  /** The first line of what was handed to us may follow one that we do not have. */
  #before(own: string, hashAfter: (before: string) => string): string | undefined {
    if (!this.#first) return this.#previous
    return hashAfter(DASHBOARD_GENESIS) === own ? DASHBOARD_GENESIS : undefined
  }
}

const NO_HASHES = { hash: null, previousHash: null }

function judged(found: {
  readonly defects: readonly OldDefect[]
  readonly known: boolean
  readonly hash: string
  readonly previousHash: string | null
  readonly says: OldLine['says']
}): OldLine {
  const { defects, known, says, previousHash } = found
  if (defects.length > 0) return { verdict: 'defective', defects, hash: found.hash, previousHash, says }
  return known
    ? { verdict: 'verified', defects, hash: found.hash, previousHash, says }
    : { verdict: 'unverifiable', defects: ['predecessor-unknown'], hash: found.hash, previousHash, says }
}

/** A line that says nothing that can be read. */
export function bad(defects: readonly OldDefect[]): OldLine {
  return { verdict: 'defective', defects, ...NO_HASHES, says: NOTHING }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>) // an object that JSON.parse made
      : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
