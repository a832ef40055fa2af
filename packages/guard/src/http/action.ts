import { isAbsolute } from 'node:path'
import type { Action, ActionKind } from '../action.js'
import { GuardError } from '../errors.js'
import { objectOf, requiredText, textIn, textsIn } from '../hosts/fields.js'

const KINDS: readonly ActionKind[] = [
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
const TEXTS = ['command', 'url', 'branch', 'content', 'provider', 'model', 'region'] as const
/** What an action of a kind cannot be judged without. */
const NEEDS: Partial<Record<ActionKind, string>> = {
  command: 'command',
  file_read: 'paths',
  file_write: 'paths',
  mcp_tool: 'server',
  model_call: 'provider',
}
const FIELDS: ReadonlySet<string> = new Set([
  ...['kind', 'session', 'agent', 'tool', 'cwd', 'projectDir', 'paths', 'server'],
  ...TEXTS,
])

/**
 * Reads the action that a program asks about: the fields of {@link Action} but `host`, which is `api`. Throws `BAD_HOOK_INPUT`
 * for a field that is missing, of another type, or not known: a field that no rule sees must not be taken for checked.
 */
export function readAction(text: string): Action {
  const fields = objectOf(parse(text), 'The action')
  for (const name of Object.keys(fields)) {
    if (!FIELDS.has(name)) throw bad(`"${name}" is no field of an action; expected ${[...FIELDS].join(', ')}`)
  }
  const kind = KINDS.find((one) => one === fields.kind)
  if (kind === undefined) throw bad(`"kind" must be one of ${KINDS.join(', ')}`)
  const needed = NEEDS[kind]
  if (needed !== undefined && fields[needed] === undefined) throw bad(`kind "${kind}" needs "${needed}"`)
  for (const name of TEXTS) {
    if (fields[name] !== undefined && typeof fields[name] !== 'string') throw bad(`"${name}" must be a text`)
  }
  const { paths, server } = fields
  if (paths !== undefined && textsIn(fields, 'paths').length !== (Array.isArray(paths) ? paths.length : 0)) {
    throw bad('"paths" must be a list of texts that are not empty')
  }
  return {
    kind,
    host: 'api',
    session: textIn(fields, 'session') ?? 'api',
    agent: textIn(fields, 'agent') ?? 'main',
    tool: requiredText(fields, 'tool', 'The action'),
    cwd: folder(requiredText(fields, 'cwd', 'The action'), 'cwd'),
    projectDir: folder(requiredText(fields, 'projectDir', 'The action'), 'projectDir'),
    ...Object.fromEntries(TEXTS.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]]))),
    ...(paths === undefined ? {} : { paths: textsIn(fields, 'paths') }),
    ...(server === undefined ? {} : { server: serverOf(server) }),
  }
}

function serverOf(value: unknown): NonNullable<Action['server']> {
  const fields = objectOf(value, 'The action’s "server"')
  const source = textIn(fields, 'source')
  return { name: requiredText(fields, 'name', 'The action’s "server"'), ...(source === undefined ? {} : { source }) }
}

function folder(path: string, name: string): string {
  if (isAbsolute(path)) return path
  throw bad(`"${name}" must be an absolute path`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new GuardError('BAD_HOOK_INPUT', 'The request must be one JSON object.', { cause })
  }
}

function bad(message: string): GuardError {
  return new GuardError('BAD_HOOK_INPUT', `The action cannot be checked: ${message}.`)
}
