import { readFileSync, statSync } from 'node:fs'
import { messageOf, RunnerError } from '../../errors.js'
import type { Call, RecordedTurn, Recording, Step, ToolUse } from './recording.js'

const maxBytes = 4 * 1024 * 1024
const maxTurns = 1000
const maxSteps = 1000
const defaultTimeoutMs = 120_000
const maxTimeoutMs = 600_000
const tools = ['Bash', 'Write', 'Edit', 'Read'] as const

type Fields = Readonly<Record<string, unknown>>

/** Reads a recorded agent. Throws `BAD_REPLAY` naming the file and the place in it, as in `turns[0].steps[2].input`. */
export function readRecording(file: string): Recording {
  try {
    const { size } = statSync(file)
    if (size > maxBytes) throw new Problem('the file', `has ${size} bytes; at most ${maxBytes} are read`)
    return parseRecording(parseJson(readFileSync(file, 'utf8')))
  } catch (cause) {
    const problem = cause instanceof Problem ? cause.message : messageOf(cause)
    throw new RunnerError('BAD_REPLAY', `Expected a recorded agent (version 1) in ${file}: ${problem}.`, { cause })
  }
}

class Problem extends Error {
  constructor(place: string, problem: string) {
    super(`${place} ${problem}`)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem('the file', `is not JSON (${messageOf(cause)})`)
  }
}

function parseRecording(value: unknown): Recording {
  const fields = objectAt(value, 'the file', ['version', 'name', 'description', 'turns'])
  if (fields.version !== 1) throw new Problem('version', `must be 1, got ${show(fields.version)}`)
  const turns = listAt(fields.turns, 'turns', maxTurns).map((turn, index) => turnAt(turn, `turns[${index}]`))
  const first = new Map<string, number>()
  turns.forEach((turn, index) => {
    const key = `${turn.task ?? '*'} ${turn.phase} ${turn.iteration}`
    const earlier = first.get(key)
    if (earlier !== undefined)
      throw new Problem(`turns[${index}]`, `is for the same phase as turns[${earlier}]; join them`)
    first.set(key, index)
  })
  return {
    name: textAt(fields.name, 'name'),
    description: fields.description === undefined ? '' : textAt(fields.description, 'description'),
    turns,
  }
}

function turnAt(value: unknown, place: string): RecordedTurn {
  const fields = objectAt(value, place, ['task', 'phase', 'iteration', 'steps'])
  const task = taskAt(fields.task, `${place}.task`)
  return {
    ...(task === undefined ? {} : { task }),
    phase: oneOf(fields.phase, `${place}.phase`, ['REASON', 'ACT', 'REFLECT'] as const),
    iteration: fields.iteration === undefined ? 1 : integerAt(fields.iteration, `${place}.iteration`, 1, 1000),
    steps: listAt(fields.steps, `${place}.steps`, maxSteps).map((step, index) =>
      stepAt(step, `${place}.steps[${index}]`),
    ),
  }
}

/** An index counts from 0 and names the same task as the id with the next number. */
function taskAt(value: unknown, place: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number') return `t${integerAt(value, place, 0, 10_000) + 1}`
  if (typeof value === 'string' && /^t[1-9]\d*$/.test(value)) return value
  throw new Problem(place, `must be a task's id such as "t1", or its index from 0, got ${show(value)}`)
}

function stepAt(value: unknown, place: string): Step {
  if (isObject(value) && 'say' in value) {
    return { kind: 'say', text: textAt(objectAt(value, place, ['say']).say, `${place}.say`) }
  }
  const fields = objectAt(value, place, ['tool', 'input', 'expect', 'on_refusal'])
  if (fields.tool === undefined) throw new Problem(place, 'must hold "say", or "tool" and "input"')
  const tool = toolAt(oneOf(fields.tool, `${place}.tool`, tools), fields.input, `${place}.input`)
  const onRefusal =
    fields.on_refusal === undefined
      ? 'continue'
      : oneOf(fields.on_refusal, `${place}.on_refusal`, ['continue', 'end_turn', 'fail'] as const)
  const call: Call = { kind: 'call', tool, onRefusal }
  if (fields.expect === undefined) return call
  return { ...call, expect: oneOf(fields.expect, `${place}.expect`, ['ALLOW', 'DENY', 'REQUIRE_APPROVAL'] as const) }
}

function toolAt(name: (typeof tools)[number], value: unknown, place: string): ToolUse {
  switch (name) {
    case 'Bash': {
      const { command, timeout } = objectAt(value, place, ['command', 'description', 'timeout'])
      const timeoutMs =
        timeout === undefined ? defaultTimeoutMs : integerAt(timeout, `${place}.timeout`, 1, maxTimeoutMs)
      return { name, command: textAt(command, `${place}.command`), timeoutMs }
    }
    case 'Write': {
      const { file_path, content } = objectAt(value, place, ['file_path', 'content'])
      return { name, path: pathAt(file_path, `${place}.file_path`), content: stringAt(content, `${place}.content`) }
    }
    case 'Edit': {
      const fields = objectAt(value, place, ['file_path', 'old_string', 'new_string', 'replace_all'])
      return {
        name,
        path: pathAt(fields.file_path, `${place}.file_path`),
        from: textAt(fields.old_string, `${place}.old_string`),
        to: stringAt(fields.new_string, `${place}.new_string`),
        all: fields.replace_all === undefined ? false : booleanAt(fields.replace_all, `${place}.replace_all`),
      }
    }
    case 'Read':
      return { name, path: pathAt(objectAt(value, place, ['file_path']).file_path, `${place}.file_path`) }
  }
}

function objectAt(value: unknown, place: string, known: readonly string[]): Fields {
  if (!isObject(value)) throw new Problem(place, `must be an object, got ${show(value)}`)
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return value
  throw new Problem(place, `has the unknown field ${show(unknown)}; known are ${known.join(', ')}`)
}

function listAt(value: unknown, place: string, limit: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new Problem(place, `must be a list, got ${show(value)}`)
  if (value.length > limit) throw new Problem(place, `has ${value.length} entries; at most ${limit} are taken`)
  return value
}

function oneOf<T extends string>(value: unknown, place: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value)
  if (found === undefined) throw new Problem(place, `must be one of ${known.join(', ')}, got ${show(value)}`)
  return found
}

function integerAt(value: unknown, place: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new Problem(place, `must be a whole number from ${min} to ${max}, got ${show(value)}`)
}

function booleanAt(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw new Problem(place, `must be true or false, got ${show(value)}`)
  return value
}

function stringAt(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new Problem(place, `must be a text, got ${show(value)}`)
  return value
}

function textAt(value: unknown, place: string): string {
  const text = stringAt(value, place)
  if (text === '') throw new Problem(place, 'must not be empty')
  return text
}

function pathAt(value: unknown, place: string): string {
  const path = textAt(value, place)
  if (path.includes('\0')) throw new Problem(place, 'must not hold a NUL character')
  return path
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80)
}
