import { forEachChild, type SyntaxNode } from 'unbash'

const DECLARING = new Set([
  'read',
  'export',
  'declare',
  'typeset',
  'local',
  'readonly',
  'unset',
  'mapfile',
  'readarray',
  'printf',
  'getopts',
  'let',
])

/** Names of the variables that a loop may change. */
export function assignedNames(node: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>()
  walk(node, (child) => {
    if (child.type === 'Assignment' || child.type === 'For' || child.type === 'Select')
      names.add(typeof child.name === 'string' ? child.name : child.name.value)
    else if (child.type === 'Command' && DECLARING.has(child.name?.value ?? ''))
      for (const argument of child.args)
        if (argument.type === 'Word' && /^[A-Za-z_]\w*$/.test(argument.value)) names.add(argument.value)
  })
  return names
}

/** True where a loop's body may leave the folder it started in. */
export function changesFolder(node: SyntaxNode): boolean {
  let found = false
  walk(node, (child) => {
    if (child.type === 'Command' && /^(cd|pushd|popd|builtin|command|eval)$/.test(child.name?.value ?? '')) found = true
  })
  return found
}

// Words are not entered: what a substitution changes stays in its subshell.
function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node)
  if (node.type === 'Word' || node.type === 'Assignment' || node.type === 'Subshell') return
  forEachChild(node, (child) => {
    walk(child, visit)
  })
}
