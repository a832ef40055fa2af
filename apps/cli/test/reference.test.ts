import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONFIGURATION_KEYS } from '@loki/guard'
import prettier from 'prettier'
import { describe, expect, it } from 'vitest'
import { commandReference, configurationReference } from '../src/reference.js'
import { variables } from '../src/variables.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

describe('the reference', () => {
  it.each([
    ['docs/configuration.md', configurationReference],
    ['docs/cli.md', commandReference],
  ])('%s is what the code says; otherwise run: pnpm --filter @loki/cli docs', async (name, write) => {
    const file = join(root, name)
    const config = await prettier.resolveConfig(file)
    const expected = await prettier.format(write(), { ...config, parser: 'markdown' })
    expect(readFileSync(file, 'utf8')).toBe(expected)
  })

  it('lists every variable of Loki that a source reads, and no other', () => {
    const sources = ['packages', 'apps'].flatMap((folder) =>
      readdirSync(join(root, folder)).flatMap((name) => sourceFiles(join(root, folder, name, 'src'))),
    )
    const pattern = /(?<![A-Z0-9_])(?:LOKI|SCOPE|COST|GATE)_[A-Z][A-Z0-9_]*(?<!_)(?![A-Z0-9_*])/g
    const used = new Set(
      sources
        .filter((file) => !file.endsWith('variables.ts') || !file.includes(join('apps', 'cli')))
        .flatMap((file) => readFileSync(file, 'utf8').match(pattern) ?? []),
    )
    const ours = variables.map(({ name }) => name).filter((name) => /^(LOKI|SCOPE|COST|GATE)_/.test(name))
    expect([...used].sort()).toEqual([...ours].sort())
  })

  it('gives every key of a configuration file to a variable that there is, and none to a secret', () => {
    const open = new Set(variables.filter(({ secret }) => secret !== true).map(({ name }) => name))
    expect(CONFIGURATION_KEYS.map(({ variable }) => variable).filter((name) => !open.has(name))).toEqual([])
  })

  it('says of each variable without a key why it is the environment’s alone', () => {
    const keyed = new Set(CONFIGURATION_KEYS.map(({ variable }) => variable))
    const left = variables.filter(
      ({ name, group, secret }) => !keyed.has(name) && secret !== true && group !== 'session',
    )
    expect(left.filter(({ group }) => group !== 'command line').map(({ name }) => name)).toEqual([
      'LOKI_AUDIT_DISABLED', // would turn the record off
      'LOKI_ENTERPRISE_AUDIT', // the apps turn it on anyway
      'LOKI_POLICY_FILE', // the organisation's word about projects
      'LOKI_SESSION_POLICY_FILE', // of one run
      'LOKI_HOME', // holds what is read before
      'LOKI_GUARD_SOCKET', // of one run
    ])
  })

  it('names each variable once', () => {
    const names = variables.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}
