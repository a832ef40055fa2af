import { branchCondition } from '../rules/match/branch.js'
import { allCommands, commandCondition, selectCommands, type Selection } from '../rules/match/command.js'
import { type CommandPattern, commandPattern } from '../rules/match/command-pattern.js'
import type { Condition } from '../rules/match/condition.js'
import { nameCondition, type NameField, serviceCondition } from '../rules/match/field.js'
import { globForms, refuseGlob } from '../rules/match/path.js'
import { type Access, pathCondition } from '../rules/match/path-condition.js'
import { partsMatcher, serviceMatcher, type ServiceMatcher } from '../rules/match/service.js'
import { urlCondition } from '../rules/match/url.js'
import type { EntryContext } from './entry.js'
import type { Located } from './located.js'

/** Keys that say what an entry is about. */
export const MATCHER_KEYS: readonly string[] = [
  'command',
  'path',
  'access',
  'branch',
  'service',
  'tool',
  'url',
  'provider',
  'model',
  'agent',
  'phase',
  'when',
]

const NAME_FIELDS: readonly NameField[] = ['tool', 'provider', 'model', 'agent', 'phase']
const MAX_LIST = 100
const MAX_NAME = 200

/** Reads the matchers of an entry; each becomes a condition, and all of them must hold. */
export function readConditions(context: EntryContext): readonly Condition[] {
  const conditions: Condition[] = []
  const commands = readCommands(context)
  const selection = commands === undefined ? undefined : selectCommands(commands)
  // Fields are compared first, commands are taken apart only where those fit.
  for (const field of NAME_FIELDS) {
    const names = texts(context, field)
    if (names !== undefined) conditions.push(nameCondition(field, names))
  }
  const services = readServices(context)
  if (services !== undefined) conditions.push(serviceCondition(services))
  if (commands !== undefined) conditions.push(commandCondition(commands))
  conditions.push(...readTargets(context, selection))
  const when = readWhen(context)
  if (when !== undefined) conditions.push(when)
  return conditions
}

function readTargets(context: EntryContext, selection: Selection | undefined): readonly Condition[] {
  const { fields, reader } = context
  const conditions: Condition[] = []
  const urls = texts(context, 'url')
  if (urls !== undefined) conditions.push(urlCondition(urls, selection ?? allCommands))
  const branches = readBranches(context)
  if (branches !== undefined) conditions.push(branchCondition(branches, selection ?? allCommands))
  const written = fields.get('access')
  const access = written === undefined ? undefined : reader.oneOf<Access>(written.value, 'access', ['read', 'write'])
  if (written !== undefined && !fields.has('path'))
    reader.problem(written, 'missing_field', '"access" means nothing without "path"')
  const globs = readPaths(context)
  if (globs !== undefined) conditions.push(pathCondition({ globs, access, selection }))
  return conditions
}

function readCommands(context: EntryContext): readonly CommandPattern[] | undefined {
  return texts(context, 'command')?.flatMap((text) => {
    context.patterns.commands -= text.length
    const spent = context.patterns.commands < 0
    const pattern = spent ? 'is too much: the file has too many commands' : commandPattern(text)
    if (typeof pattern !== 'string') return [pattern]
    invalid(context, 'command', `${JSON.stringify(text.slice(0, 60))} ${pattern}`)
    return []
  })
}

function readPaths(context: EntryContext): readonly string[] | undefined {
  const globs = texts(context, 'path')
  for (const glob of globs ?? []) {
    const refused = refuseGlob(glob)
    if (refused !== undefined) invalid(context, 'path', `${JSON.stringify(glob.slice(0, 60))} ${refused}`)
    else context.patterns.forms -= globForms(glob).length
  }
  if (context.patterns.forms >= 0) return globs
  invalid(context, 'path', 'the paths of the file stand for too many globs; use fewer braces')
  return undefined
}

function readBranches(context: EntryContext): readonly string[] | undefined {
  const names = texts(context, 'branch')
  for (const name of names ?? [])
    // The rules of git check-ref-format, with `*` and `?` for any characters.
    if (/[\s~^:[\\]|\.\.|@\{|\/\/|^-|\/$|\.lock$/.test(name))
      invalid(context, 'branch', `"${name.slice(0, 60)}" is no branch name; expected names such as main or release/*`)
  return names
}

interface Service {
  readonly text: string
  readonly matches: ServiceMatcher
}

function readServices(context: EntryContext): readonly Service[] | undefined {
  const entry = context.fields.get('service')
  if (entry === undefined) return undefined
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value]
  if (items.length === 0 || items.length > MAX_LIST)
    context.reader.problem(entry.value, 'wrong_type', `expected service as one to ${MAX_LIST} services`)
  return items.slice(0, MAX_LIST).flatMap((item) => readService(item, context) ?? [])
}

function readService(item: Located, { reader }: EntryContext): Service | undefined {
  if (item.kind !== 'map') {
    const text = reader.text(item, 'service')
    return text === undefined ? undefined : { text, matches: serviceMatcher(text) }
  }
  const parts = reader.entries(item, 'a service', ['name', 'source', 'tool'])
  const part = (key: string): string | undefined => {
    const entry = parts.get(key)
    return entry === undefined ? undefined : reader.text(entry.value, key)
  }
  const [name, source, tool] = [part('name'), part('source'), part('tool')]
  if (!parts.has('name')) reader.problem(item, 'missing_field', 'a service lacks "name"')
  if (name === undefined) return undefined
  const text = `${name}${source === undefined ? '' : `@${source}`}${tool === undefined ? '' : `/${tool}`}`
  return { text, matches: partsMatcher({ name, source, tool }) }
}

function readWhen({ fields, reader, expressions }: EntryContext): Condition | undefined {
  const entry = fields.get('when')
  const text = entry === undefined ? undefined : reader.text(entry.value, 'when')
  if (entry === undefined || text === undefined) return undefined
  const compiled = expressions(text)
  if ('field' in compiled) return compiled
  reader.problem(entry.value, 'invalid_expression', `when: ${compiled.message} (at character ${compiled.offset + 1})`)
  return undefined
}

/** The texts of a matcher: one, or a list of which any may hold. */
function texts(context: EntryContext, key: string): readonly string[] | undefined {
  const entry = context.fields.get(key)
  if (entry === undefined) return undefined
  const found = context.reader.oneOrMore(entry.value, key, MAX_LIST)
  const long = key === 'command' || key === 'path' ? undefined : found?.find((text) => text.length > MAX_NAME)
  if (long !== undefined) invalid(context, key, `has ${long.length} characters; at most ${MAX_NAME} are taken`)
  return found
}

function invalid({ fields, reader }: EntryContext, key: string, message: string): void {
  const entry = fields.get(key)
  if (entry !== undefined) reader.problem(entry.value, 'invalid_matcher', `${key}: ${message}`)
}
