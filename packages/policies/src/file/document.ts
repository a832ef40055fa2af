import { expressionCompiler } from '../expression/compile.js'
import { ENFORCEMENT_POINTS } from '../input.js'
import { PACK_LEVELS } from '../pack/rule.js'
import { generalRule } from '../rules/general.js'
import type { Level } from '../evaluation.js'
import type { Fields, PatternBudget, Section, TestedRule } from './entry.js'
import { readGeneral } from './general.js'
import { readTests } from './inline-test.js'
import type { Located } from './located.js'
import type { ApprovalGate, OpaqueAction, OverridableKey, Placed, PolicyFile } from './policy-file.js'
import { nameOf, type Reader } from './reader.js'
import { runTests, type TestPlace } from './run-tests.js'
import { APPROVAL_GATES } from './section/approval-gates.js'
import { DATA } from './section/data.js'
import { PRE_DEPLOYMENT } from './section/pre-deployment.js'
import { PRE_EXECUTION } from './section/pre-execution.js'
import { RESOURCE } from './section/resource.js'

const SECTIONS: Readonly<Record<string, Section>> = {
  pre_execution: PRE_EXECUTION,
  pre_deployment: PRE_DEPLOYMENT,
  resource: RESOURCE,
  data: DATA,
  approval_gates: APPROVAL_GATES,
}
const SECTION_NAMES: readonly string[] = [...ENFORCEMENT_POINTS, 'approval_gates']
// Keys of the whole file: they stand beside `policies`, or beside the sections.
const FILE_KEYS: readonly string[] = ['pack', 'opaque', 'overridable']
// Names the JSON Schema, for editors; nothing follows from it.
const SCHEMA_KEY = '$schema'
const OPAQUE: readonly OpaqueAction[] = ['deny', 'require_approval', 'allow']
const OVERRIDABLE: readonly OverridableKey[] = ['pack', 'opaque']
const MAX_ENTRIES = 500
const MAX_PATTERN_WEIGHT = 10_000
const MAX_COMMAND_TEXT = 16_384
const MAX_GLOB_FORMS = 2000

/** Compiles a document; defects go to the reader, and with any of them the rules must not be used. */
export function readPolicies(
  root: Located,
  reader: Reader,
  { level, place }: { level: Level; place: TestPlace },
): PolicyFile {
  const wrapped = root.kind === 'map' ? root.entries.find((entry) => entry.key === 'policies') : undefined
  const top = reader.entries(root, 'the file', [
    ...(wrapped === undefined ? SECTION_NAMES : ['policies']),
    ...FILE_KEYS,
    SCHEMA_KEY,
  ])
  const schema = top.get(SCHEMA_KEY)
  if (schema !== undefined) reader.text(schema.value, SCHEMA_KEY)
  const sections = new Map(wrapped === undefined ? top : reader.entries(wrapped.value, 'policies', SECTION_NAMES))
  for (const key of [...FILE_KEYS, SCHEMA_KEY]) sections.delete(key)
  const where = wrapped?.value ?? root
  const settled = FILE_KEYS.some((key) => top.has(key))
  if (sections.size === 0 && (!settled || wrapped !== undefined) && reader.problems.length === 0)
    reader.problem(
      where,
      'missing_field',
      `expected at least one of the sections ${SECTION_NAMES.join(', ')}, found ${nameOf(where)}`,
    )
  const entries = readSections(sections, { reader, level })
  if (reader.problems.length === 0) runTests(entries.rules, place, reader)
  return {
    ...entries,
    pack: placed(top, 'pack', { reader, known: PACK_LEVELS }),
    opaque: placed(top, 'opaque', { reader, known: OPAQUE }),
    overridable: readOverridable(top, reader),
  }
}

interface Entries {
  readonly rules: readonly TestedRule[]
  readonly approvalGates: readonly ApprovalGate[]
  readonly detectsSecrets: boolean
}

function readSections(sections: Fields, { reader, level }: { reader: Reader; level: Level }): Entries {
  const rules: TestedRule[] = []
  const approvalGates: ApprovalGate[] = []
  const names = new Set<string>()
  const expressions = expressionCompiler()
  const patterns: PatternBudget = { left: MAX_PATTERN_WEIGHT, forms: MAX_GLOB_FORMS, commands: MAX_COMMAND_TEXT }
  let detectsSecrets = false
  let left = MAX_ENTRIES
  for (const [key, entry] of sections) {
    const section = SECTIONS[key]
    if (section === undefined) continue
    for (const item of reader.items(entry.value, key)) {
      if (reader.full) return { rules, approvalGates, detectsSecrets }
      left -= 1
      if (left < 0) {
        reader.problem(item, 'too_large', `the file has more than ${MAX_ENTRIES} entries`)
        return { rules, approvalGates, detectsSecrets }
      }
      const fields = reader.entries(item, `an entry of ${key}`, section.keys)
      if (item.kind !== 'map') continue
      for (const needed of section.required)
        if (!fields.has(needed)) reader.problem(item, 'missing_field', `an entry of ${key} lacks "${needed}"`)
      const written = fields.get('name')
      const name = written === undefined ? undefined : reader.text(written.value, 'name')
      if (written === undefined || name === undefined) continue
      if (names.has(name)) reader.problem(written.value, 'unknown_value', `there are two rules with the name "${name}"`)
      names.add(name)
      const read = section.read({ name, item, fields, reader, expressions, patterns })
      const tests = readTests({ fields, reader })
      const general = readGeneral(fields, reader)
      if (read?.rule !== undefined) rules.push({ rule: generalRule(read.rule, general, level), tests })
      if (read?.approvalGate !== undefined) approvalGates.push(read.approvalGate)
      if (read?.detectsSecrets === true) detectsSecrets = true
    }
  }
  return { rules, approvalGates, detectsSecrets }
}

function placed<T extends string>(
  top: Fields,
  key: string,
  { reader, known }: { reader: Reader; known: readonly T[] },
): Placed<T> | undefined {
  const entry = top.get(key)
  const value = entry === undefined ? undefined : reader.oneOf(entry.value, key, known)
  return entry === undefined || value === undefined ? undefined : { value, line: entry.line, column: entry.column }
}

function readOverridable(top: Fields, reader: Reader): readonly OverridableKey[] {
  const entry = top.get('overridable')
  if (entry === undefined) return []
  return reader
    .items(entry.value, 'overridable')
    .slice(0, OVERRIDABLE.length)
    .flatMap((item) => reader.oneOf(item, 'overridable', OVERRIDABLE) ?? [])
}
