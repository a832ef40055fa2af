import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { McpError, messageOf } from '../errors.js'
import { canonicalJson, isFields } from '../json.js'

const MAX_FILE = 8 * 1024 * 1024
const LOCK_MS = 3_000
const LOCK_POLL_MS = 20
/** A lock this old was left by a process that was killed. */
const STALE_MS = 10_000

/** What is known of one tool: the definition that was accepted, and the one that the server offers instead. */
export type Pin = { readonly accepted: string; readonly offered?: string }

/** Server to tool to pin. */
export type Pins = Readonly<Record<string, Readonly<Record<string, Pin>>>>

/** Where a project keeps the definitions that it accepted. */
export function pinsFile(projectDir: string): string {
  return join(projectDir, '.loki', 'mcp', 'pins.json')
}

/** `sha256:` and 64 hex digits over everything that a definition says. */
export function definitionDigest(definition: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(definition)).digest('hex')}`
}

/** The pins of a project; none where it has no file. Throws `BAD_PINS` for a file that cannot be understood. */
export function readPins(file: string): Pins {
  try {
    if (statSync(file).size > MAX_FILE) throw new Error(`it has more than ${MAX_FILE} bytes`)
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isFields(value) || value.version !== 1 || !isFields(value.servers)) throw new Error('it has another form')
    for (const tools of Object.values(value.servers)) {
      if (!isFields(tools) || !Object.values(tools).every(isPin)) throw new Error('it has another form')
    }
    return value.servers as Pins // checked above
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw new McpError(
      'BAD_PINS',
      `${file} cannot be read: ${messageOf(cause)}. Restore it, or remove it to take every tool as it is offered now.`,
      { cause },
    )
  }
}

/** Names of tools, and the digests of their definitions, as a server offers them. */
export type Offers = ReadonlyMap<string, string>

/** The tools that are not as they were accepted. */
export function changedTools(pins: Pins, server: string, offers: Offers): ReadonlySet<string> {
  const known = pinsOf(pins, server)
  const changed = [...offers].filter(([tool, digest]) => (acceptedOf(known, tool) ?? digest) !== digest)
  return new Set(changed.map(([tool]) => tool))
}

/**
 * Compares what a server offers with what was accepted, and writes down what is new. A tool that was never seen is accepted;
 * one that is not as it was accepted stays as it was, with what is offered noted beside it. Gives the names that changed.
 */
export async function comparePins(file: string, server: string, offers: Offers): Promise<ReadonlySet<string>> {
  const before = readPins(file)
  if (canonicalJson(pinsOf(before, server)) === canonicalJson(nextPins(before, server, offers))) {
    return changedTools(before, server, offers)
  }
  return withLock(file, () => {
    const pins = readPins(file)
    writePins(file, { ...pins, [server]: nextPins(pins, server, offers) })
    return changedTools(pins, server, offers)
  })
}

/** Takes what a server offers now as accepted: one tool, or all that changed. Gives the names. */
export function acceptPins(file: string, server: string, tool?: string): Promise<readonly string[]> {
  return withLock(file, () => {
    const pins = readPins(file)
    const names: string[] = []
    const next: Record<string, Pin> = {}
    for (const [name, pin] of Object.entries(pinsOf(pins, server))) {
      const take = pin.offered !== undefined && (tool === undefined || tool === name)
      define(next, name, take ? { accepted: pin.offered } : pin)
      if (take) names.push(name)
    }
    if (names.length > 0) writePins(file, { ...pins, [server]: next })
    return names
  })
}

function nextPins(pins: Pins, server: string, offers: Offers): Record<string, Pin> {
  const known = pinsOf(pins, server)
  const next: Record<string, Pin> = { ...known }
  for (const [tool, digest] of offers) {
    const accepted = acceptedOf(known, tool) ?? digest
    define(next, tool, accepted === digest ? { accepted } : { accepted, offered: digest })
  }
  return next
}

function pinsOf(pins: Pins, server: string): Readonly<Record<string, Pin>> {
  return (Object.hasOwn(pins, server) ? pins[server] : undefined) ?? {}
}

function acceptedOf(known: Readonly<Record<string, Pin>>, tool: string): string | undefined {
  return Object.hasOwn(known, tool) ? known[tool]?.accepted : undefined
}

function isPin(value: unknown): value is Pin {
  return isFields(value) && isDigest(value.accepted) && (value.offered === undefined || isDigest(value.offered))
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}

/** Names of tools are a server's choice, `__proto__` too. */
function define(pins: Record<string, Pin>, tool: string, pin: Pin): void {
  Object.defineProperty(pins, tool, { value: pin, enumerable: true, configurable: true, writable: true })
}

function writePins(file: string, servers: Pins): void {
  const temporary = `${file}.${process.pid}.new`
  const fd = openSync(temporary, 'w', 0o600)
  try {
    writeSync(fd, `${JSON.stringify({ version: 1, servers }, null, 2)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, file)
}

/** One gateway writes at a time. Rejects with `BAD_PINS` where the lock cannot be had. */
async function withLock<T>(file: string, work: () => T): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const lock = `${file}.lock`
  const until = performance.now() + LOCK_MS
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600))
      break
    } catch (cause) {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      if (age > STALE_MS) rmSync(lock, { force: true })
      else if (performance.now() > until) {
        throw new McpError('BAD_PINS', `${lock} is held by another gateway; remove it if none runs.`, { cause })
      } else await new Promise((done) => setTimeout(done, LOCK_POLL_MS))
    }
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}
