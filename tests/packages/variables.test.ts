import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './workspace.js'

const VARIABLE = /\b(?:LOKI|SCOPE|COST|GATE)_[A-Z0-9_]*[A-Z0-9]\b/g

/** Every variable that the source of a package or an app names, with a file that does. */
function variablesInSource(): Map<string, string> {
  const found = new Map<string, string>()
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group))) {
      const src = join(group, name, 'src')
      if (!existsSync(join(root, src))) continue
      for (const file of readdirSync(join(root, src), { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts')) continue
        const text = readFileSync(join(root, src, file), 'utf8')
        for (const [variable] of text.matchAll(VARIABLE)) found.set(variable, join(src, file))
      }
    }
  }
  return found
}

it('every variable in the source is in docs/configuration.md', () => {
  const documented = new Set(readFileSync(join(root, 'docs/configuration.md'), 'utf8').match(VARIABLE))
  const variables = variablesInSource()
  expect(variables.size).toBeGreaterThan(0)
  expect([...variables].filter(([variable]) => !documented.has(variable)).sort()).toEqual([])
})
