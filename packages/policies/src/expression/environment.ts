import { Environment } from '@marcbachmann/cel-js'
import { isWithin } from '../paths/identity.js'
import { matchesPath, refuseGlob } from '../rules/match/path.js'
import { hostOf } from '../rules/match/host.js'
import { TYPES, VARIABLES } from './declarations.js'
import type { LinearPattern } from './linear.js'
import { ActionView, CommandView, FileView, NoAnswer, ServerView } from './view.js'

/** The name under which `matches` runs on the linear engine; no expression can write it. */
export const LINEAR_MATCHES = 'loki_matches'

/** What one evaluation may still spend, and the patterns of its expression. */
export interface Work {
  patterns: ReadonlyMap<string, LinearPattern>
  characters: number
}

const MAX_MATCHED = 4096
const CLASSES = { Server: ServerView, Command: CommandView, File: FileView }

/** An environment in which expressions are parsed, checked against the declarations and run, one at a time. */
export function celEnvironment(work: Work): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 1, maxCallArguments: 3 },
  })
  for (const [name, ctor] of Object.entries(CLASSES))
    environment.registerType(name, { ctor, fields: { ...TYPES[name] } })
  environment.registerType('Action', {
    ctor: ActionView,
    fields: Object.fromEntries(VARIABLES.map(({ name, type }) => [name, type])),
  })
  environment.registerVariable('action', 'Action')
  for (const { name, type } of VARIABLES) environment.registerVariable(name, type)
  environment.registerFunction(`string.${LINEAR_MATCHES}(string): bool`, (text: string, source: string) => {
    work.characters -= text.length
    if (text.length > MAX_MATCHED || work.characters < 0)
      throw new NoAnswer(`a text is too long to be matched; at most ${MAX_MATCHED} characters are`)
    const pattern = work.patterns.get(source)
    if (pattern === undefined) throw new NoAnswer('a pattern that was not compiled')
    return pattern(text)
  })
  environment.registerFunction('glob(string, string): bool', (path: string, pattern: string) => {
    const refused = refuseGlob(pattern)
    if (refused !== undefined) throw new NoAnswer(`the glob ${refused}`)
    return matchesPath(pattern, path)
  })
  environment.registerFunction('within(string, string): bool', (path: string, folder: string) =>
    isWithin(path, folder.length > 1 ? folder.replace(/\/+$/, '') : folder),
  )
  environment.registerFunction('hostname(string): string', (url: string) => {
    const host = hostOf(url)
    if (host === undefined) throw new NoAnswer('an address that cannot be read')
    return host
  })
  return environment
}
