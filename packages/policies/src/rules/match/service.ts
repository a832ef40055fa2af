import { globMatcher } from '../../paths/glob.js'

/** An MCP server as the host names it. */
export interface Server {
  readonly name: string
  /** Where the host has it from: `user`, `project`, `managed` ... */
  readonly source?: string | undefined
}

/** Says whether a server's tool is meant; undefined where that needs a source or tool that the action does not name. */
export type ServiceMatcher = (server: Server, tool: string | undefined) => boolean | undefined

/**
 * Compiles `server[@source][/tool]`: each part may hold `*` and `?`, case does not matter, and a part that is not written
 * stands for any. The tool counts with and without the `mcp__server__` that hosts put before it. A server whose own name
 * holds a slash is meant by the whole name as well.
 */
export function serviceMatcher(pattern: string): ServiceMatcher {
  // An `@` in front is part of the name, as in `@scope/server`.
  const at = pattern.lastIndexOf('@')
  if (at > 0) {
    const [source = '', ...rest] = pattern.slice(at + 1).split('/')
    return partsMatcher({ name: pattern.slice(0, at), source, tool: rest.length === 0 ? undefined : rest.join('/') })
  }
  const whole = partsMatcher({ name: pattern, source: undefined, tool: undefined })
  const slash = pattern.indexOf('/')
  if (slash <= 0) return whole
  const parts = partsMatcher({ name: pattern.slice(0, slash), source: undefined, tool: pattern.slice(slash + 1) })
  const last = pattern.lastIndexOf('/')
  if (last === slash) return (server, tool) => anyOf([whole(server, tool), parts(server, tool)])
  const late = partsMatcher({ name: pattern.slice(0, last), source: undefined, tool: pattern.slice(last + 1) })
  return (server, tool) => anyOf([whole(server, tool), parts(server, tool), late(server, tool)])
}

/** A service written as a map. */
export interface ServiceParts {
  readonly name: string
  readonly source: string | undefined
  readonly tool: string | undefined
}

/** Compiles a service whose parts are known. */
export function partsMatcher(parts: ServiceParts): ServiceMatcher {
  const name = globMatcher(parts.name.toLowerCase())
  const source = parts.source === undefined ? undefined : globMatcher(parts.source.toLowerCase())
  const wanted = parts.tool === undefined || parts.tool === '*' ? undefined : globMatcher(parts.tool.toLowerCase())
  return (server, tool) => {
    if (!name(server.name.toLowerCase())) return false
    const fromSource =
      source === undefined || (server.source === undefined ? undefined : source(server.source.toLowerCase()))
    if (fromSource === false) return false
    const isTool =
      wanted === undefined || (tool === undefined ? undefined : spellings(server.name, tool).some((one) => wanted(one)))
    return isTool === false ? false : fromSource === undefined ? undefined : isTool
  }
}

// Hosts put the server's name before the tool's, each in its own way, with what they do not take replaced by `_`.
function spellings(server: string, tool: string): readonly string[] {
  const name = server.toLowerCase()
  const plain = name.replace(/[^a-z0-9_-]/g, '_')
  const whole = tool.toLowerCase()
  const found = [whole]
  for (const one of name === plain ? [name] : [name, plain])
    for (const prefix of [`mcp__${one}__`, `mcp_${one}_`, `${one}__`, `${one}_`, `${one}-`, `${one}/`, `${one}.`])
      if (whole.startsWith(prefix) && whole.length > prefix.length) found.push(whole.slice(prefix.length))
  return found
}

function anyOf(answers: readonly (boolean | undefined)[]): boolean | undefined {
  if (answers.includes(true)) return true
  return answers.includes(undefined) ? undefined : false
}
