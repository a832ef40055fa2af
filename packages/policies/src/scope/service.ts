import { type Server, serviceMatcher } from '../rules/match/service.js'
import { NO_BREACH, type Rule } from '../rules/rule.js'

/** MCP services and their tools that may and may not be used; undefined: no such list. */
export interface ServiceScope {
  readonly allowed: readonly string[] | undefined
  readonly denied: readonly string[] | undefined
}

/** `SCOPE_ALLOWED_SERVICES` and `SCOPE_DENIED_SERVICES`: which MCP servers, and which of their tools, may be called. */
export function serviceScopeRule(scope: ServiceScope): Rule {
  const denied = (scope.denied ?? []).map(serviceMatcher)
  const allowed = scope.allowed?.map(serviceMatcher)
  return {
    name: 'loki_service_scope',
    point: 'pre_execution',
    check({ input }) {
      if (input.kind !== 'mcp_tool' && input.server === undefined) return NO_BREACH
      const server = input.server ?? serverOf(input.tool)
      const reason = refuse(server, input.tool)
      if (reason === undefined) return NO_BREACH
      const suggest =
        scope.allowed === undefined
          ? 'use another service, or ask a person'
          : `use one of ${scope.allowed.slice(0, 8).join(', ')}`
      return [{ action: 'deny', reason, suggest }]
    },
  }

  function refuse(server: Server | undefined, tool: string | undefined): string | undefined {
    if (server === undefined) return 'which MCP service it would use is not known'
    const name = tool === undefined ? server.name : `${server.name} (${tool})`
    // What an entry asks for and the action does not say may well be it.
    if (denied.some((matches) => matches(server, tool) !== false))
      return `${name} is among the services that are denied`
    if (allowed === undefined || allowed.some((matches) => matches(server, tool) === true)) return undefined
    return `${name} is not among the services that are allowed`
  }
}

// Claude, Codex and others call a tool by `mcp__server__tool`.
function serverOf(tool: string | undefined): Server | undefined {
  const name = /^mcp__(.+?)__/.exec(tool ?? '')?.[1]
  return name === undefined ? undefined : { name }
}
