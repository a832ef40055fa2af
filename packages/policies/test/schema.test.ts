import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openPolicies } from '../src/index.js'
import { testProject } from './project.js'

const root = join(import.meta.dirname, '..')
const schema = JSON.parse(readFileSync(join(root, 'schema/policies.schema.json'), 'utf8')) as Schema
const validate = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false }).compile(
  schema,
)
const project = testProject()

interface Schema {
  readonly properties: Record<string, { readonly items?: { readonly $ref: string } }>
  readonly $defs: Record<string, { readonly properties: Record<string, unknown> }>
}

/** Whether the loader takes a policy, and whether the schema does. */
function taken(text: string): { readonly loader: boolean; readonly schema: boolean; readonly why: string } {
  const file = project.write('policy.yaml', text)
  const { problems } = openPolicies({ projectDir: project.dir, env: { HOME: project.home }, file })
  const valid = validate(parse(text, { schema: 'core' }))
  const why = [
    ...problems.map(({ message }) => message),
    ...(validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ''}`),
  ]
  return { loader: problems.length === 0, schema: valid, why: why.join('\n') }
}

const entry = (fields: string, section = 'pre_execution'): string => `${section}:\n  - {name: a, ${fields}}\n`

const VALID: readonly string[] = [
  readFileSync(join(root, '../../docs/formats/policies.md'), 'utf8').split('```yaml\n')[1]?.split('\n```')[0] ?? '',
  'pack: strict\n',
  'opaque: deny\noverridable: [opaque, pack]\n',
  'pre_execution: []\npack: off\n',
  '{"$schema": "./policies.schema.json", "data": []}\n',
  'policies: {data: []}\nopaque: allow\n',
  entry('rule: file_path must start with project_dir, action: deny'),
  entry('rule: "active_agents  <=  3", action: warn, agent: x, on_missing: allow'),
  entry('command: git push, action: allow'),
  entry(
    'command: [git push, "rm -rf *"], path: [src/**, "*.{a,b}"], access: write, branch: [main, release/*], action: deny',
  ),
  entry('service: [github/x, {name: a, source: b, tool: c}], tool: Bash, url: "*.x.example", action: require_approval'),
  entry('provider: x, model: [y, z], agent: r, phase: p, when: kind == "command", action: warn'),
  entry('command: x, action: deny, reason: r, suggest: s, severity: critical, mode: shadow, overridable: true'),
  entry('command: x, action: deny, tests: [{command: x, expect: deny}, {path: [a, b], access: read, expect: allow}]'),
  entry(
    'service: x, action: deny, tests: [{server: x, tool: t, expect: deny}, {server: {name: y, source: z}, expect: allow}]',
  ),
  entry('gates: [tests], branch: main, on_missing: deny', 'pre_deployment'),
  entry('max_tokens: 5, alerts: [50], on_exceed: shutdown, model: x', 'resource'),
  entry('providers: [claude], action: deny', 'resource'),
  entry('type: pii_scanning, action: warn, names: [Ann Example], patterns: ["x{3}"], path: src/**', 'data'),
  entry(
    'type: secret_detection, action: deny, allow: [{fingerprint: abc, until: "2026-12-31", reason: a test key}]',
    'data',
  ),
  entry(
    'phase: deploy, timeout_minutes: 30, webhook: "https://x.example", auto_approve_on_timeout: false',
    'approval_gates',
  ),
]

const INVALID: readonly string[] = [
  '{}\n',
  'version: 1\n',
  '{"$schema": "./policies.schema.json"}\n',
  '{"$schema": 1, "data": []}\n',
  'policies: {}\n',
  'policies: {pre_exec: []}\n',
  'policies: {data: []}\npre_execution: []\n',
  'pack: hard\n',
  'opaque: warn\n',
  'overridable: [rules]\n',
  'data: {name: x}\n',
  'data: [x]\n',
  entry('action: deny'),
  entry('action: deny, access: read'),
  entry('command: x'),
  entry('command: x, action: denied'),
  entry('command: x, action: deny, colour: red'),
  entry('command: "", action: deny'),
  entry('command: [], action: deny'),
  entry('command: [1], action: deny'),
  entry('command: {a: 1}, action: deny'),
  entry('command: x, access: read, action: deny'),
  entry('path: "!x", action: deny'),
  entry('path: x, access: write-only, action: deny'),
  entry('branch: "a b", action: deny'),
  entry('branch: -x, action: deny'),
  entry('service: {tool: x}, action: deny'),
  entry('service: {name: x, kind: y}, action: deny'),
  entry('service: [], action: deny'),
  entry('when: 5, action: deny'),
  entry('rule: file_path starts with project_dir, action: deny'),
  entry('rule: active_agents < 5, action: deny'),
  entry('rule: active_agents <= 5, action: allow'),
  entry('command: x, action: allow, overridable: true'),
  entry('command: x, action: deny, severity: huge'),
  entry('command: x, action: deny, mode: dry'),
  entry('command: x, action: deny, on_missing: warn'),
  entry('command: x, action: deny, overridable: sure'),
  entry('command: x, action: deny, reason: ""'),
  entry(`command: x, action: deny, suggest: ${'x'.repeat(501)}`),
  entry('command: x, action: deny, tests: {command: x}'),
  entry('command: x, action: deny, tests: [{command: x}]'),
  entry('command: x, action: deny, tests: [{expect: deny}]'),
  entry('command: x, action: deny, tests: [{command: x, expect: DENY}]'),
  entry('command: x, action: deny, tests: [{comand: x, expect: deny}]'),
  entry('command: x, action: deny, tests: [{kind: shell, expect: deny}]'),
  entry('gates: [], action: deny', 'pre_deployment'),
  entry('gates: [x], command: y', 'pre_deployment'),
  entry('action: deny', 'resource'),
  entry('max_tokens: "5"', 'resource'),
  entry('max_tokens: 0', 'resource'),
  entry('providers: [x], alerts: [5]', 'resource'),
  entry('max_tokens: 5, alerts: [101]', 'resource'),
  entry('type: secrets, action: deny', 'data'),
  entry('type: secret_detection', 'data'),
  entry('type: secret_detection, action: allow', 'data'),
  entry('type: pii_detection, action: deny, names: [x]', 'data'),
  entry('type: pii_detection, action: deny, patterns: [5]', 'data'),
  entry('type: secret_detection, action: deny, allow: [{fingerprint: x}]', 'data'),
  entry('type: secret_detection, action: deny, allow: [{fingerprint: x, reason: y, until: soon}]', 'data'),
  entry('timeout_minutes: -1', 'approval_gates'),
  entry('auto_approve_on_timeout: later', 'approval_gates'),
]

describe('the JSON Schema and the loader', () => {
  it.each(VALID.map((text) => [text]))('both take %j', (text) => {
    expect(taken(text)).toEqual({ loader: true, schema: true, why: '' })
  })

  it.each(INVALID.map((text) => [text]))('both refuse %j', (text) => {
    expect(taken(text)).toMatchObject({ loader: false, schema: false })
  })

  it.each(['pre_execution', 'pre_deployment', 'resource', 'data', 'approval_gates'])(
    'know the same keys of %s',
    (section) => {
      const name = schema.properties[section]?.items?.$ref.split('/').at(-1) ?? ''
      expect(keysKnown(`${section}:\n  - {zzz: 1}\n`)).toEqual(Object.keys(schema.$defs[name]?.properties ?? {}).sort())
    },
  )

  it('know the same keys of a file and of a test', () => {
    const sections = Object.keys(schema.properties).filter((key) => key !== 'policies')
    expect(keysKnown('zzz: 1\n')).toEqual(sections.sort())
    const test = keysKnown(entry('command: x, action: deny, tests: [{zzz: 1}]'))
    expect(test).toEqual(Object.keys(schema.$defs.test?.properties ?? {}).sort())
  })

  it('is published with the package', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly exports: Record<string, unknown>
      readonly files: readonly string[]
    }
    expect(manifest.exports['./schema.json']).toBe('./schema/policies.schema.json')
    expect(manifest.files).toContain('schema')
  })
})

/** The keys that the loader names where it meets one that it does not know. */
function keysKnown(text: string): readonly string[] {
  const file = project.write('policy.yaml', text)
  const { problems } = openPolicies({ projectDir: project.dir, env: { HOME: project.home }, file })
  const message = problems.find(({ code }) => code === 'unknown_key')?.message ?? ''
  return (/known: ([^.]*)\./.exec(message)?.[1] ?? '').split(', ').sort()
}
