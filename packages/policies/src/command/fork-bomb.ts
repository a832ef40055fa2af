import {
  type ArithmeticExpression,
  type ArithmeticFor,
  forEachChild,
  type Function as FunctionNode,
  type Pipeline,
  type Statement,
  type SyntaxNode,
  type While,
} from 'unbash'

/** True for a function that starts itself in the background or twice in a pipeline: `f(){ f|f& }`. */
export function isForkBomb(node: FunctionNode): boolean {
  const name = node.name.value
  const nodes: SyntaxNode[] = []
  walk(node.body, (child) => nodes.push(child))
  return nodes.some((child) => {
    if (child.type === 'Pipeline') return child.commands.filter((command) => calls(command, name)).length > 1
    return child.type === 'Statement' && child.background === true && calls(child.command, name)
  })
}

/** True where functions start each other in a circle that passes through the background. */
export function startEachOther(functions: ReadonlySet<FunctionNode>): boolean {
  if (functions.size < 2 || functions.size > MAX_FUNCTIONS) return false
  const names = new Set([...functions].map((node) => node.name.value))
  const edges = new Map<string, { readonly to: string; readonly background: boolean }[]>()
  for (const node of functions) {
    const found: { to: string; background: boolean }[] = []
    const visit = (child: SyntaxNode, background: boolean): void => {
      const behind = background || (child.type === 'Statement' && child.background === true)
      if (child.type === 'Command' && names.has(child.name?.value ?? ''))
        found.push({ to: child.name?.value ?? '', background: behind })
      forEachChild(child, (one) => {
        visit(one, behind)
      })
    }
    visit(node.body, false)
    edges.set(node.name.value, found)
  }
  return [...edges].some(([from, all]) => all.some(({ to, background }) => background && leads(to, from, edges)))
}

const MAX_FUNCTIONS = 64

function leads(from: string, to: string, edges: ReadonlyMap<string, readonly { readonly to: string }[]>): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(edges.get(name) ?? []).map((edge) => edge.to))
  }
  return false
}

/** True for a loop without an end that starts programs in the background and does not wait for them. */
export function startsWithoutEnd(node: While | ArithmeticFor): boolean {
  if (!isEndless(node)) return false
  let starts = false
  for (const statement of node.body.commands) {
    if (statement.background === true) starts = true
    else if (isCall(statement, WAITS)) starts = false
    else if (isCall(statement, ENDS)) return false
  }
  return starts
}

const WAITS = /^(wait|sleep|read|inotifywait)$/
const ENDS = /^(break|exit|return)$/

function isCall({ command }: Statement, names: RegExp): boolean {
  return command.type === 'Command' && names.test(command.name?.value ?? '')
}

function isEndless(node: While | ArithmeticFor): boolean {
  if (node.type === 'ArithmeticFor') return node.test === undefined || isNumber(node.test)
  const [statement, second] = node.clause.commands
  if (statement === undefined || second !== undefined) return false
  const { command } = statement
  if (command.type === 'TestCommand') {
    const { expression } = command
    return node.kind === 'while' && expression.type === 'TestUnary' && expression.operator === '-n'
      ? expression.operand.parts === undefined && expression.operand.value !== ''
      : false
  }
  if (command.type === 'ArithmeticCommand')
    return node.kind === 'while' && command.expression !== undefined && isNumber(command.expression)
  if (command.type !== 'Command') return false
  const name = (command.name?.value ?? '').replace(/^.*\//, '')
  if (node.kind === 'until') return name === 'false'
  return name === 'true' || name === ':' || (/^(\[|test)$/.test(name) && isTrueTest(command.args))
}

function isTrueTest(args: readonly SyntaxNode[]): boolean {
  const words = args.flatMap((word) => (word.type === 'Word' && word.value !== ']' ? [word.value] : []))
  return (
    (words.length === 1 && words[0] !== '') ||
    (words.length === 3 && words[0] === words[2] && /^(==?|-eq)$/.test(words[1] ?? ''))
  )
}

function isNumber(expression: ArithmeticExpression): boolean {
  return expression.type === 'ArithmeticWord' && /^[1-9]\d*$/.test(expression.value)
}

/** True for a script that pipes itself into itself: `$0 | $0 &`. */
export function isSelfPipe(node: Pipeline): boolean {
  return node.commands.filter((command) => calls(command, '$0')).length > 1
}

function calls(node: SyntaxNode, name: string): boolean {
  let found = false
  walk(node, (child) => {
    if (child.type === 'Command' && child.name?.value === name) found = true
  })
  return found
}

function walk(node: SyntaxNode, visit: (node: SyntaxNode) => unknown): void {
  visit(node)
  forEachChild(node, (child) => {
    walk(child, visit)
  })
}
