import type { PolicyInput } from '../input.js'
import type { EntryContext, Fields } from './entry.js'
import type { Located, Place } from './located.js'
import type { Reader } from './reader.js'

/** What a test expects of its rule. */
export type Expectation = 'deny' | 'require_approval' | 'warn' | 'allow'

/** One line of an entry's `tests:`. */
export interface InlineTest {
  readonly place: Place
  /** The action, in the words of the file. */
  readonly title: string
  readonly input: Omit<PolicyInput, 'cwd' | 'projectDir'> & { readonly cwd: string | undefined }
  readonly expect: Expectation
}

/** Keys of a test: what it expects, and the fields of the action. */
const TEST_KEYS: readonly string[] = [
  'expect',
  'kind',
  'command',
  'path',
  'access',
  'cwd',
  'url',
  'tool',
  'server',
  'content',
  'provider',
  'model',
  'region',
  'agent',
  'phase',
  'session',
  'host',
  'branch',
  'active_agents',
  'tokens_used',
  'passed_gates',
]

/** The kinds of actions. */
const KINDS: readonly string[] = [
  'command',
  'file_read',
  'file_write',
  'network',
  'mcp_tool',
  'git',
  'model_call',
  'deploy',
  'agent',
  'other',
]

const EXPECTATIONS: readonly Expectation[] = ['deny', 'require_approval', 'warn', 'allow']
const TEXTS = ['url', 'tool', 'provider', 'model', 'region', 'agent', 'phase', 'session', 'host', 'branch'] as const
const MAX_TESTS = 50
const MAX_TEXT = 2000

/** Reads the `tests:` of an entry. */
export function readTests({ fields, reader }: Pick<EntryContext, 'fields' | 'reader'>): readonly InlineTest[] {
  const entry = fields.get('tests')
  if (entry === undefined) return []
  const items = reader.items(entry.value, 'tests')
  if (items.length > MAX_TESTS) {
    reader.problem(entry.value, 'too_large', `tests has ${items.length} entries; at most ${MAX_TESTS} are taken`)
    return []
  }
  return items.flatMap((item) => readTest(item, reader) ?? [])
}

function readTest(item: Located, reader: Reader): InlineTest | undefined {
  const fields = reader.entries(item, 'a test', TEST_KEYS)
  if (item.kind !== 'map') return undefined
  const before = reader.problems.length
  const written = fields.get('expect')
  if (written === undefined) reader.problem(item, 'missing_field', 'a test lacks "expect"')
  const expect = written === undefined ? undefined : reader.oneOf(written.value, 'expect', EXPECTATIONS)
  const given = [...fields.keys()].filter((key) => key !== 'expect')
  if (given.length === 0) reader.problem(item, 'missing_field', 'a test says no action, such as "command" or "path"')
  const input = readInput(fields, reader)
  if (expect === undefined || reader.problems.length > before) return undefined
  const title = given.map((key) => `${key}: ${titleOf(fields.get(key)?.value)}`).join(', ')
  return { place: item, title, input, expect }
}

function readInput(fields: Fields, reader: Reader): InlineTest['input'] {
  const text = (key: string): string | undefined => {
    const entry = fields.get(key)
    const found = entry === undefined ? undefined : reader.text(entry.value, key)
    if (entry !== undefined && found !== undefined && found.length > MAX_TEXT)
      reader.problem(
        entry.value,
        'too_large',
        `${key} has ${found.length} characters; a test takes at most ${MAX_TEXT}`,
      )
    return found
  }
  const number = (key: string): number | undefined => {
    const entry = fields.get(key)
    return entry === undefined ? undefined : reader.number(entry.value, key, { least: 0 })
  }
  const list = (key: string): readonly string[] | undefined => {
    const entry = fields.get(key)
    return entry === undefined ? undefined : reader.oneOrMore(entry.value, key, 50)
  }
  const kind = fields.get('kind')
  const access = fields.get('access')
  const reads = access !== undefined && reader.oneOf(access.value, 'access', ['read', 'write'] as const) === 'read'
  const texts = Object.fromEntries(TEXTS.map((key) => [key, text(key)]))
  return {
    kind: (kind === undefined ? undefined : reader.oneOf(kind.value, 'kind', KINDS)) ?? kindOf(fields, reads),
    cwd: text('cwd'),
    command: text('command'),
    content: text('content'),
    paths: list('path'),
    server: readServer(fields, reader),
    activeAgents: number('active_agents'),
    tokensUsed: number('tokens_used'),
    passedGates: list('passed_gates'),
    ...texts,
  }
}

// The field that is written says what kind of action it is.
const KIND_OF: readonly (readonly [string, string])[] = [
  ['command', 'command'],
  ['url', 'network'],
  ['server', 'mcp_tool'],
  ['passed_gates', 'deploy'],
  ['tokens_used', 'model_call'],
  ['model', 'model_call'],
  ['provider', 'model_call'],
  ['active_agents', 'agent'],
  ['branch', 'git'],
  ['content', 'file_write'],
]

function kindOf(fields: Fields, reads: boolean): string {
  if (fields.has('path') && !fields.has('command')) return reads ? 'file_read' : 'file_write'
  return KIND_OF.find(([key]) => fields.has(key))?.[1] ?? 'other'
}

function readServer(fields: Fields, reader: Reader): PolicyInput['server'] {
  const entry = fields.get('server')
  if (entry === undefined) return undefined
  if (entry.value.kind !== 'map') {
    const name = reader.text(entry.value, 'server')
    return name === undefined ? undefined : { name }
  }
  const parts = reader.entries(entry.value, 'a server', ['name', 'source'])
  const part = (key: string): string | undefined => {
    const found = parts.get(key)
    return found === undefined ? undefined : reader.text(found.value, key)
  }
  const name = part('name')
  if (!parts.has('name')) reader.problem(entry.value, 'missing_field', 'a server lacks "name"')
  return name === undefined ? undefined : { name, source: part('source') }
}

function titleOf(value: Located | undefined): string {
  if (value?.kind === 'scalar') return String(value.value).slice(0, 80)
  return value?.kind === 'list' ? value.items.map(titleOf).join(' ').slice(0, 80) : '...'
}
