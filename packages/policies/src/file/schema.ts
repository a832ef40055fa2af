import { checkPattern } from '../data/pattern.js'
import type { RuleAction } from '../evaluation.js'
import { ENFORCEMENT_POINTS } from '../input.js'
import { PACK_LEVELS, type PackLevel } from '../pack/rule.js'
import { dataRule } from '../rules/data.js'
import { activeAgentsRule, gatesRule, resourceRule } from '../rules/limit.js'
import { pathScopeRule } from '../rules/path-scope.js'
import type { Rule } from '../rules/rule.js'
import type { Located, LocatedEntry } from './located.js'
import { nameOf, type Reader } from './reader.js'
import { readSentence } from './sentence.js'

/** A gate at which a person is asked, as the file says it; the approvals package acts on it. */
export interface ApprovalGate {
  readonly name: string
  readonly phase?: string
  readonly timeoutMinutes?: number
  readonly webhook?: string
  readonly autoApproveOnTimeout?: boolean
}

/** What a policy file holds. */
export interface PolicyFile {
  readonly rules: readonly Rule[]
  readonly approvalGates: readonly ApprovalGate[]
  /** True where the file has a secret detection of its own, which then stands in for the built-in one. */
  readonly detectsSecrets: boolean
  /** How much of the built-in pack is to hold, where the file says it. */
  readonly pack: PackLevel | undefined
}

const ACTIONS: readonly RuleAction[] = ['deny', 'require_approval', 'warn']
const SECTIONS = [...ENFORCEMENT_POINTS, 'approval_gates'] as const

/** Compiles a document; defects go to the reader, and with any of them the rules must not be used. */
export function readPolicies(root: Located, reader: Reader): PolicyFile {
  const rules: Rule[] = []
  const approvalGates: ApprovalGate[] = []
  const wrapped = root.kind === 'map' ? root.entries.find((entry) => entry.key === 'policies') : undefined
  const keys = wrapped === undefined ? [...SECTIONS, 'pack'] : ['policies', 'pack']
  const top = reader.entries(root, 'the file', keys)
  const written = top.get('pack')
  const pack = written === undefined ? undefined : reader.oneOf(written.value, 'pack', PACK_LEVELS)
  const sections = new Map(wrapped === undefined ? top : reader.entries(wrapped.value, 'policies', SECTIONS))
  sections.delete('pack')
  const place = wrapped?.value ?? root
  if (sections.size === 0 && (written === undefined || wrapped !== undefined) && reader.problems.length === 0)
    reader.problem(
      place,
      'missing_field',
      `expected at least one of the sections ${SECTIONS.join(', ')}, found ${nameOf(place)}`,
    )
  const names = new Map<string, Located>()
  for (const [section, entry] of sections)
    for (const item of reader.items(entry.value, section)) {
      const read = READERS[section]
      if (read === undefined) continue
      const fields = reader.entries(item, `an entry of ${section}`, read.keys)
      if (item.kind !== 'map') continue
      for (const key of read.required)
        if (!fields.has(key)) reader.problem(item, 'missing_field', `an entry of ${section} lacks "${key}"`)
      const name = text(fields, 'name', reader)
      if (name === undefined) continue
      if (names.has(name))
        reader.problem(
          fields.get('name')?.value ?? item,
          'unknown_value',
          `there are two rules with the name "${name}"`,
        )
      names.set(name, item)
      read.read({ name, item, fields, reader, rules, approvalGates })
    }
  return { rules, approvalGates, detectsSecrets: rules.some((rule) => secretRules.has(rule)), pack }
}

type Fields = ReadonlyMap<string, LocatedEntry>

interface EntryContext {
  readonly name: string
  readonly item: Located
  readonly fields: Fields
  readonly reader: Reader
  readonly rules: Rule[]
  readonly approvalGates: ApprovalGate[]
}

interface EntryReader {
  readonly keys: readonly string[]
  readonly required: readonly string[]
  readonly read: (context: EntryContext) => void
}

const secretRules = new WeakSet<Rule>()

const READERS: Readonly<Record<string, EntryReader>> = {
  pre_execution: { keys: ['name', 'rule', 'action'], required: ['name', 'rule', 'action'], read: readPreExecution },
  pre_deployment: { keys: ['name', 'gates', 'action'], required: ['name', 'gates'], read: readPreDeployment },
  resource: {
    keys: ['name', 'max_tokens', 'alerts', 'on_exceed', 'providers', 'action'],
    required: ['name'],
    read: readResource,
  },
  data: { keys: ['name', 'type', 'patterns', 'action'], required: ['name', 'type', 'action'], read: readData },
  approval_gates: {
    keys: ['name', 'phase', 'timeout_minutes', 'webhook', 'auto_approve_on_timeout'],
    required: ['name'],
    read: readApprovalGate,
  },
}

function readPreExecution({ name, item, fields, reader, rules }: EntryContext): void {
  const action = actionOf(fields, reader)
  const written = fields.get('rule')?.value
  const rule = text(fields, 'rule', reader)
  if (written === undefined || rule === undefined) return
  const sentence = readSentence(rule)
  const source = reader.source(item)
  if (typeof sentence === 'string') reader.problem(written, 'unknown_rule', sentence)
  else if (action === undefined) return
  else if (sentence.kind === 'active_agents')
    rules.push(activeAgentsRule({ name, source, action, limit: sentence.limit }))
  else rules.push(pathScopeRule({ name, source, action, folders: undefined, reads: false }))
}

function readPreDeployment({ name, item, fields, reader, rules }: EntryContext): void {
  const gates = fields.get('gates')
  const names = gates === undefined ? undefined : reader.texts(gates.value, 'gates')
  const action = fields.has('action') ? actionOf(fields, reader) : 'deny'
  if (names !== undefined && action !== undefined)
    rules.push(gatesRule({ name, source: reader.source(item), gates: names, action }))
}

function readResource({ name, item, fields, reader, rules }: EntryContext): void {
  if (!fields.has('max_tokens') && !fields.has('providers'))
    reader.problem(item, 'missing_field', 'an entry of resource needs "max_tokens" or "providers"')
  for (const key of ['alerts', 'on_exceed'])
    if (fields.has(key) && !fields.has('max_tokens'))
      reader.problem(item, 'missing_field', `"${key}" means nothing without "max_tokens"`)
  const tokens = fields.get('max_tokens')
  const maxTokens = tokens === undefined ? undefined : reader.number(tokens.value, 'max_tokens', { least: 1 })
  const listed = fields.get('alerts')
  const alerts =
    listed === undefined
      ? []
      : reader
          .items(listed.value, 'alerts')
          .flatMap((one) => reader.number(one, 'each of alerts (percent)', { least: 1, most: 100 }) ?? [])
  const exceed = fields.get('on_exceed')
  const onExceed =
    exceed === undefined
      ? 'shutdown'
      : reader.oneOf(exceed.value, 'on_exceed', ['shutdown', 'warn', 'require_approval'])
  const allowed = fields.get('providers')
  const providers = allowed === undefined ? undefined : reader.texts(allowed.value, 'providers')
  const action = fields.has('action') ? actionOf(fields, reader) : 'deny'
  if (onExceed === undefined || action === undefined) return
  const onExceedAction = onExceed === 'shutdown' ? 'deny' : onExceed
  rules.push(
    resourceRule({ name, source: reader.source(item), maxTokens, alerts, onExceed: onExceedAction, providers, action }),
  )
}

function readData({ name, item, fields, reader, rules }: EntryContext): void {
  const written = fields.get('type')
  const type =
    written === undefined
      ? undefined
      : reader.oneOf(written.value, 'type', ['secret_detection', 'pii_detection', 'pii_scanning'])
  const action = actionOf(fields, reader)
  const listed = fields.get('patterns')
  const patterns: RegExp[] = []
  for (const item of listed === undefined ? [] : reader.items(listed.value, 'patterns')) {
    const source = reader.text(item, 'each of patterns')
    const pattern = source === undefined ? undefined : checkPattern(source)
    if (typeof pattern === 'string')
      reader.problem(item, 'unsafe_pattern', `${pattern}: ${JSON.stringify(source?.slice(0, 60))}`)
    else if (pattern !== undefined) patterns.push(pattern)
  }
  if (type === undefined || action === undefined) return
  const rule = dataRule({
    name,
    type: type === 'secret_detection' ? type : 'pii_detection',
    patterns,
    action,
    source: reader.source(item),
  })
  if (type === 'secret_detection') secretRules.add(rule)
  rules.push(rule)
}

function readApprovalGate({ name, fields, reader, approvalGates }: EntryContext): void {
  const phase = text(fields, 'phase', reader)
  const webhook = text(fields, 'webhook', reader)
  const minutes = fields.get('timeout_minutes')
  const timeoutMinutes =
    minutes === undefined ? undefined : reader.number(minutes.value, 'timeout_minutes', { least: 0, most: 525_600 })
  const auto = fields.get('auto_approve_on_timeout')
  const autoApprove = auto === undefined ? undefined : reader.boolean(auto.value, 'auto_approve_on_timeout')
  approvalGates.push({
    name,
    ...(phase === undefined ? {} : { phase }),
    ...(webhook === undefined ? {} : { webhook }),
    ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
    ...(autoApprove === undefined ? {} : { autoApproveOnTimeout: autoApprove }),
  })
}

function actionOf(fields: Fields, reader: Reader): RuleAction | undefined {
  const entry = fields.get('action')
  return entry === undefined ? undefined : reader.oneOf(entry.value, 'action', ACTIONS)
}

function text(fields: Fields, key: string, reader: Reader): string | undefined {
  const entry = fields.get(key)
  return entry === undefined ? undefined : reader.text(entry.value, key)
}
