import { forEachChild, type Function as FunctionNode, type Pipeline, type SyntaxNode } from 'unbash'

/** True for a function that starts itself at least twice, in a pipeline or in the background: `f(){ f|f& }`. */
export function isForkBomb(node: FunctionNode): boolean {
  const name = node.name.value
  const nodes: SyntaxNode[] = []
  walk(node.body, (child) => nodes.push(child))
  if (nodes.filter((child) => child.type === 'Command' && child.name?.value === name).length < 2) return false
  return nodes.some((child) => {
    if (child.type === 'Pipeline') return child.commands.filter((command) => callsName(command, name)).length > 1
    return child.type === 'Statement' && child.background === true && callsName(child.command, name)
  })
}

/** True for a script that pipes itself into itself: `$0 | $0 &`. */
export function isSelfPipe(node: Pipeline): boolean {
  return node.commands.filter((command) => callsName(command, '$0')).length > 1
}

function callsName(node: SyntaxNode, name: string): boolean {
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
