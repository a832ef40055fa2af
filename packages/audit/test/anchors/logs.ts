import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { serveWitness } from '../../src/anchors/index.js'
import type { WitnessOptions, WitnessServer } from '../../src/anchors/index.js'
import { formatSubmission } from '../../src/anchors/submission.js'
import { headText } from '../../src/checkpoint/checkpoint.js'
import { signerOf, vkeyOf } from '../../src/note/key.js'
import { formatNote, noteSignature } from '../../src/note/note.js'
import { Frontier } from '../../src/tree/frontier.js'
import { consistencyRanges, RangeRoots } from '../../src/tree/ranges.js'
import { addSigned, latestOf } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'

/** A C2SP log that is none of ours: leaves, a key, and what it says of them. */
export class PlainLog {
  readonly name: string
  readonly #key: KeyObject
  readonly #leaves: readonly Buffer[]

  constructor(name: string, options: { readonly forkedAt?: number; readonly key?: KeyObject } = {}) {
    const { forkedAt = Infinity, key = generateKeyPairSync('ed25519').privateKey } = options
    this.name = name
    this.#key = key
    this.#leaves = Array.from({ length: 100 }, (_, at) => (at < forkedAt ? Buffer.alloc(32, at) : randomBytes(32)))
  }

  get vkey(): string {
    return vkeyOf(signerOf(this.name, this.#key))
  }

  /** The same log with other leaves from a place on, signed by the same key. */
  forked(forkedAt: number): PlainLog {
    return new PlainLog(this.name, { forkedAt, key: this.#key })
  }

  checkpoint(size: number, extension = ''): string {
    const tree = new Frontier()
    for (const leaf of this.#leaves.slice(0, size)) tree.append(leaf)
    const text = `${headText({ origin: this.name, size, root: tree.root() })}${extension}`
    return formatNote(text, [noteSignature(text, signerOf(this.name, this.#key))])
  }

  proof(old: number, size: number): Buffer[] {
    const roots = new RangeRoots(consistencyRanges(old, size))
    for (const leaf of this.#leaves.slice(0, size)) roots.append(leaf)
    return roots.roots()
  }

  /** The body of a request. */
  growth(old: number, size: number): string {
    return formatSubmission({ old, proof: this.proof(old, size), checkpoint: this.checkpoint(size) })
  }
}

/** A witness on loopback that ends with the test. */
export async function witnessOf(
  logs: readonly string[],
  options: Partial<WitnessOptions> = {},
): Promise<WitnessServer> {
  const server = await serveWitness({ dir: temporary(), name: 'witness.example/w1', logs, ...options })
  onTestFinished(() => server.close())
  return server
}

export interface Said {
  readonly status: number
  readonly type: string | null
  readonly text: string
}

/** Posts a body to add-checkpoint. */
export async function post(url: string, body: string | Uint8Array, init: RequestInit = {}): Promise<Said> {
  const response = await fetch(`${url}/add-checkpoint`, { ...init, method: 'POST', body: Buffer.from(body) })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** Adds entries to one of our logs, and gives its latest checkpoint. */
export async function grown(dir: string, count: number, signingKey: KeyObject): Promise<string> {
  await addSigned(dir, count, { signingKey })
  return readFileSync(latestOf(dir), 'utf8')
}
