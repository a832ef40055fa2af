import type { ParameterExpansionPart, ParameterOperation, SimpleExpansionPart, Word } from 'unbash'
import type { Argument } from './analysis.js'
import { assign, literal, type ShellState, UNKNOWN_VALUE, valueOf } from './state.js'

/** What an expansion may use: the state, which `${x:=y}` changes, and how to expand the words inside it. */
export interface ExpansionContext {
  state: ShellState
  expand(word: Word): readonly Argument[]
}

/** The values of `$x`, `${x...}`: several for `$@` and whole arrays, unknown ones with their source text. */
export function expandParameter(
  part: SimpleExpansionPart | ParameterExpansionPart,
  context: ExpansionContext,
): readonly Argument[] {
  const values =
    part.type === 'SimpleExpansion'
      ? lookUp(part.text.slice(1), context.state)
      : operate(part, lookUpIndexed(part, context), context)
  return values.map((value) => (value.known ? value : { text: part.text, known: false, glob: false }))
}

function lookUp(name: string, state: ShellState): readonly Argument[] {
  if (name === '@' || name === '*') return state.positional ?? UNKNOWN_VALUE
  if (name === '0') return [literal('bash')]
  if (/^\d+$/.test(name)) {
    if (state.positional === undefined) return UNKNOWN_VALUE
    const value = state.positional[Number(name) - 1]
    return value === undefined ? [literal('')] : [value]
  }
  return valueOf(state, name)
}

function lookUpIndexed(part: ParameterExpansionPart, context: ExpansionContext): readonly Argument[] {
  if (part.prefix === '#') return [literal('0')]
  const values = lookUp(part.parameter, context.state)
  if (part.prefix === '!') {
    const [name] = values
    return part.operation === undefined && name?.known === true ? lookUp(name.text, context.state) : UNKNOWN_VALUE
  }
  if (part.index === undefined) return part.parameter === '@' || part.parameter === '*' ? values : first(values)
  const index = joined(context.expand(part.index))
  if (index?.text === '@' || index?.text === '*') return values
  if (index?.known !== true || !/^\d+$/.test(index.text)) return UNKNOWN_VALUE
  return first(values.slice(Number(index.text)))
}

function first(values: readonly Argument[]): readonly Argument[] {
  return values[0] === undefined ? [literal('')] : [values[0]]
}

function operate(
  part: ParameterExpansionPart,
  values: readonly Argument[],
  context: ExpansionContext,
): readonly Argument[] {
  const operation = part.operation
  if (operation === undefined) return values
  const value = joined(values)
  switch (operation.type) {
    case 'Default':
      return withDefault(part, operation, { value, values, context })
    case 'Slice': {
      const offset = joined(context.expand(operation.offset))
      const length = operation.length === undefined ? undefined : joined(context.expand(operation.length))
      if (value?.known !== true || !isIndex(offset) || (length !== undefined && !isIndex(length))) return UNKNOWN_VALUE
      const start = Number(offset.text)
      return [literal(value.text.slice(start, length === undefined ? undefined : start + Number(length.text)))]
    }
    case 'CaseModification': {
      if (value?.known !== true || operation.operand !== undefined) return UNKNOWN_VALUE
      const upper = operation.operator.startsWith('^')
      const head = operation.operator.length === 2 ? value.text : value.text.slice(0, 1)
      return [literal((upper ? head.toUpperCase() : head.toLowerCase()) + value.text.slice(head.length))]
    }
    case 'Replace': {
      const pattern = joined(context.expand(operation.pattern))
      const replacement = joined(context.expand(operation.replacement))
      const plain = pattern?.known === true && !pattern.glob && replacement?.known === true
      if (value?.known !== true || !plain || (operation.operator !== '/' && operation.operator !== '//'))
        return UNKNOWN_VALUE
      return operation.operator === '//'
        ? [literal(value.text.replaceAll(pattern.text, () => replacement.text))]
        : [literal(value.text.replace(pattern.text, () => replacement.text))]
    }
    case 'Remove': {
      const pattern = joined(context.expand(operation.operand))
      if (value?.known !== true || pattern?.known !== true || pattern.glob) return UNKNOWN_VALUE
      const front = operation.operator.startsWith('#')
      if (front)
        return [literal(value.text.startsWith(pattern.text) ? value.text.slice(pattern.text.length) : value.text)]
      return [
        literal(
          value.text.endsWith(pattern.text) ? value.text.slice(0, -pattern.text.length || undefined) : value.text,
        ),
      ]
    }
    default:
      return UNKNOWN_VALUE
  }
}

interface DefaultCase {
  readonly value: Argument | undefined
  readonly values: readonly Argument[]
  readonly context: ExpansionContext
}

function withDefault(
  part: ParameterExpansionPart,
  operation: Extract<ParameterOperation, { type: 'Default' }>,
  { value, values, context }: DefaultCase,
): readonly Argument[] {
  // The operand is expanded even where it may go unused: its substitutions may run.
  const operand = context.expand(operation.operand)
  if (value?.known !== true) return UNKNOWN_VALUE
  // Without the colon only a variable that is not set counts.
  const unset = isUnset(part, context.state)
  const empty = operation.operator.startsWith(':') ? value.text === '' : value.text === '' && unset
  switch (operation.operator.replace(':', '')) {
    case '-':
      return empty ? operand : values
    case '=':
      if (empty) context.state = assign(context.state, part.parameter, operand)
      return empty ? operand : values
    case '+':
      return empty ? [literal('')] : operand
    default:
      return values
  }
}

function isUnset(part: ParameterExpansionPart, state: ShellState): boolean {
  if (/^[1-9]\d*$/.test(part.parameter)) return (state.positional?.length ?? 0) < Number(part.parameter)
  return state.variables.get(part.parameter)?.length === 0
}

function isIndex(value: Argument | undefined): value is Argument {
  return value?.known === true && /^\s*\d+$/.test(value.text)
}

/** Several values as the one word that `"${a[*]}"` is. */
export function joined(values: readonly Argument[]): Argument | undefined {
  if (values.length === 1) return values[0]
  return {
    text: values.map((value) => value.text).join(' '),
    known: values.every((value) => value.known),
    glob: values.some((value) => value.glob),
  }
}
