import { AuditError } from '../error.js'

/** Longest line, without its LF: what a 16-bit length can say, so that tiles of transparency logs can hold it. */
export const MAX_LINE = 65_535
/** Deepest nesting of metadata; also what ends a circular value. */
export const MAX_DEPTH = 64

// The `u` flag makes pairs one character, so this finds only surrogates that stand alone.
const LONE_SURROGATE = /[\ud800-\udfff]/u

/**
 * Writes a value as RFC 8785 canonical JSON.
 * Refuses, with an AuditError that names the place, whatever JSON cannot hold; only a member that is `undefined` is left out.
 */
export function canonical(value: unknown, name: string): string {
  return write(value, { trail: [name], left: MAX_LINE })
}

interface State {
  readonly trail: (string | number)[]
  /** Bytes still allowed: a small graph of shared objects can be exponentially long as text. */
  left: number
}

function write(value: unknown, state: State): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, state)
    case 'number':
      if (!Number.isFinite(value)) return refuse(state, 'expected a finite number', String(value))
      return spend(JSON.stringify(value), state)
    case 'boolean':
      return spend(value ? 'true' : 'false', state)
    case 'object':
      if (value === null) return spend('null', state)
      if (state.trail.length > MAX_DEPTH) {
        return refuse(state, `expected at most ${MAX_DEPTH} levels`, 'a deeper or circular value')
      }
      return Array.isArray(value) ? writeArray(value, state) : writeObject(value, state)
    default:
      return refuse(state, 'expected a JSON value', typeof value)
  }
}

function writeString(value: string, state: State): string {
  if (value.length > state.left) tooLarge(state)
  if (LONE_SURROGATE.test(value)) return refuse(state, 'expected well-formed Unicode', 'a lone surrogate')
  return spend(JSON.stringify(value), state)
}

function writeArray(value: readonly unknown[], state: State): string {
  const parts: string[] = []
  for (let index = 0; index < value.length; index++) {
    state.trail.push(index)
    parts.push(write(value[index], state))
    state.trail.pop()
  }
  return `[${parts.join(',')}]`
}

function writeObject(value: object, state: State): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  // Objects of another realm (vm, jest) have an Object.prototype of their own; it is the one without a parent.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(state, 'expected a plain object', value.constructor.name || 'a class instance')
  }
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const member: unknown = (value as Record<string, unknown>)[key] // own enumerable key, just listed
    if (member === undefined) continue
    state.trail.push(key)
    text += `${text === '' ? '' : ','}${writeString(key, state)}:${write(member, state)}`
    state.trail.pop()
  }
  return `{${text}}`
}

function spend(text: string, state: State): string {
  state.left -= text.length + 1
  if (state.left < 0) tooLarge(state)
  return text
}

function tooLarge(state: State): never {
  throw new AuditError(
    'TOO_LARGE',
    `expected a record of at most ${MAX_LINE} bytes, got more at ${place(state)}; store large content elsewhere and record its digest`,
  )
}

function refuse(state: State, expected: string, got: string): never {
  throw new AuditError('INVALID_INPUT', `${expected} at ${place(state)}, got ${got}`)
}

function place(state: State): string {
  return state.trail.slice(0, 8).map(String).join('.').slice(0, 200)
}
