import type { ASTNode, Environment, ParseResult } from '@marcbachmann/cel-js'
import { didYouMean } from '../file/suggestion.js'
import type { Facts } from '../rules/facts.js'
import type { Answer, Condition } from '../rules/match/condition.js'
import { FUNCTIONS, MACROS, VARIABLES } from './declarations.js'
import { celEnvironment, LINEAR_MATCHES, type Work } from './environment.js'
import { type LinearPattern, linearPattern } from './linear.js'
import { ActionView } from './view.js'

/** Why an expression is not taken, and the character at which that is seen. */
interface ExpressionProblem {
  readonly message: string
  readonly offset: number
}

/** Compiles `when:` expressions of one policy file. */
export type ExpressionCompiler = (text: string) => Condition | ExpressionProblem

const MAX_LENGTH = 1000
const MAX_MACRO_DEPTH = 2
// Both take the more time the more of them a file has.
const MAX_EXPRESSIONS = 100
const MAX_PATTERNS = 40
const MAX_WORK = 16_384

/** A compiler with an environment of its own, made when the first expression comes. */
export function expressionCompiler(): ExpressionCompiler {
  const work: Work = { patterns: new Map(), characters: 0 }
  let environment: Environment | undefined
  let expressions = 0
  let patterns = 0
  return (text) => {
    if (text.length > MAX_LENGTH)
      return { message: `the expression has ${text.length} characters; at most ${MAX_LENGTH} are taken`, offset: 0 }
    expressions += 1
    if (expressions > MAX_EXPRESSIONS)
      return { message: `the file has more than ${MAX_EXPRESSIONS} expressions`, offset: 0 }
    environment ??= celEnvironment(work)
    const own = new Map<string, LinearPattern>()
    try {
      const parsed = environment.parse(text)
      const refused = refuse(parsed.ast, own, 0)
      if (refused !== undefined) return refused
      patterns += own.size
      if (patterns > MAX_PATTERNS)
        return { message: `the file has more than ${MAX_PATTERNS} patterns in expressions`, offset: 0 }
      const checked = parsed.check()
      if (!checked.valid) return problemOf(checked.error)
      if (checked.type !== 'bool')
        return { message: `the expression is ${String(checked.type)}; expected one that is true or false`, offset: 0 }
      return condition(text, { parsed, work, patterns: own })
    } catch (error) {
      return problemOf(error)
    }
  }
}

interface Compiled {
  readonly parsed: ParseResult
  readonly work: Work
  readonly patterns: ReadonlyMap<string, LinearPattern>
}

function condition(text: string, { parsed, work, patterns }: Compiled): Condition {
  const run = (facts: Facts): boolean | string => {
    work.patterns = patterns
    work.characters = MAX_WORK
    try {
      const answer: unknown = parsed(new ActionView(facts))
      return typeof answer === 'boolean' ? answer : 'it came to no answer'
    } catch (error) {
      return firstLine(error)
    }
  }
  const ask = (facts: Facts): Answer => {
    const answer = run(facts)
    return typeof answer === 'string' ? 'missing' : answer ? 'yes' : 'no'
  }
  return {
    field: 'when',
    wanted: [text.replace(/\s+/g, ' ').trim()],
    ask,
    covers: (facts) => run(facts) === true,
    found: (facts) => String(run(facts)),
  }
}

/** Calls that are not taken, deep macros and patterns that are not linear; turns `matches` to the linear engine. */
function refuse(node: ASTNode, patterns: Map<string, LinearPattern>, depth: number): ExpressionProblem | undefined {
  const offset = node.start
  const inside = (nodes: readonly ASTNode[], level = depth): ExpressionProblem | undefined => {
    for (const one of nodes) {
      const problem = refuse(one, patterns, level)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  switch (node.op) {
    case 'value':
      return undefined
    case 'id': {
      // The check says what is unknown; what CEL brings along is not offered.
      if (node.args !== 'cel' && node.args !== 'google') return undefined
      return { message: `"${node.args}" is not taken`, offset }
    }
    case 'list':
      return inside(node.args)
    case 'map':
      return { message: 'maps are not taken; lists are', offset }
    case 'call':
      return refuseCall(node.args[0], offset) ?? inside(node.args[1])
    case 'rcall': {
      const [name, receiver, args] = node.args
      const refused = refuseCall(name, offset)
      if (refused !== undefined) return refused
      if (MACROS.has(name)) {
        if (depth >= MAX_MACRO_DEPTH)
          return { message: `${name}: macros are taken at most ${MAX_MACRO_DEPTH} deep`, offset }
        if (!isPlainList(receiver))
          return { message: `${name}: expected a variable, a field or a list before it`, offset: receiver.start }
        return refuse(receiver, patterns, depth) ?? inside(args, depth + 1)
      }
      const problem = name === 'matches' ? turnLinear(node, patterns) : undefined
      return problem ?? refuse(receiver, patterns, depth) ?? inside(args)
    }
    case '.':
      return refuse(node.args[0], patterns, depth)
    case '.?':
    case '[?]':
      return { message: 'optional access is not taken', offset }
    case '!_':
    case '-_':
      return refuse(node.args, patterns, depth)
    default:
      return inside(node.args)
  }
}

function refuseCall(name: string, offset: number): ExpressionProblem | undefined {
  if (FUNCTIONS.includes(name)) return undefined
  return {
    message: `unknown function "${name}"; known: ${FUNCTIONS.join(', ')}.${didYouMean(name, FUNCTIONS)}`,
    offset,
  }
}

// What is put together of lists grows, and a macro goes through all of it.
function isPlainList(node: ASTNode): boolean {
  if (node.op === 'id' || node.op === '.' || node.op === 'list') return true
  return node.op === 'rcall' && (node.args[0] === 'filter' || node.args[0] === 'map')
}

function turnLinear(
  node: Extract<ASTNode, { op: 'rcall' }>,
  patterns: Map<string, LinearPattern>,
): ExpressionProblem | undefined {
  const [argument, second] = node.args[2]
  if (argument?.op !== 'value' || typeof argument.args !== 'string' || second !== undefined)
    return { message: 'matches takes one pattern, written out', offset: node.start }
  const pattern = linearPattern(argument.args)
  if (typeof pattern === 'string') return { message: pattern, offset: argument.start }
  patterns.set(argument.args, pattern)
  node.args[0] = LINEAR_MATCHES
  return undefined
}

function problemOf(error: unknown): ExpressionProblem {
  const range =
    error instanceof Error && 'range' in error ? (error.range as { start?: unknown } | undefined) : undefined
  const message = firstLine(error)
  const unknown = /^Unknown variable: (\w+)/.exec(message)?.[1]
  const names = VARIABLES.map(({ name }) => name)
  const hint = unknown === undefined ? '' : `; known: ${names.join(', ')}.${didYouMean(unknown, names)}`
  return { message: `not a CEL expression that can be used: ${message}${hint}`, offset: Number(range?.start ?? 0) }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
