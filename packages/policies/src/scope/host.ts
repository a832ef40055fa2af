import { type Address, addressesOf } from '../rules/match/address.js'
import { readUrl, urlMatcher } from '../rules/match/host.js'
import { NO_BREACH, type Rule } from '../rules/rule.js'

/** Hosts that may and may not be talked to; undefined: no such list. */
export interface HostScope {
  readonly allowed: readonly string[] | undefined
  readonly denied: readonly string[] | undefined
}

// What an agent tries out on its own machine is no other host, unless it is denied by name.
const HERE = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0)$/

/** `SCOPE_ALLOWED_HOSTS` and `SCOPE_DENIED_HOSTS`: the hosts that an address of the action or of its commands may name. */
export function hostScopeRule(scope: HostScope): Rule {
  const denied = (scope.denied ?? []).map(urlMatcher)
  const allowed = scope.allowed?.map(urlMatcher)
  return {
    name: 'loki_host_scope',
    point: 'pre_execution',
    check({ input, analysis }) {
      const named: readonly Address[] = [
        ...(input.url === undefined ? [] : [input.url]),
        ...(analysis?.commands.flatMap(addressesOf) ?? []),
      ]
      for (const address of named) {
        const reason = refuse(address)
        if (reason !== undefined)
          return [{ action: address === undefined ? 'require_approval' : 'deny', reason, suggest: suggestion(scope) }]
      }
      return NO_BREACH
    },
  }

  function refuse(address: Address): string | undefined {
    if (address === undefined) return 'which host it would talk to is known only when it runs'
    const url = readUrl(address)
    // Without a host (`file:`, `data:`) nothing leaves this machine.
    if (url === undefined)
      return /^(?:file|data|about|blob):/i.test(address)
        ? undefined
        : `${address.slice(0, 80)} names no host that can be read`
    const host = url.hostname.toLowerCase().replace(/\.$/, '')
    if (denied.some((matches) => matches(url))) return `${host} is among the hosts that are denied`
    if (allowed === undefined || HERE.test(host) || allowed.some((matches) => matches(url))) return undefined
    return `${host} is not among the hosts that are allowed`
  }
}

function suggestion({ allowed }: HostScope): string {
  return allowed === undefined ? 'use another host, or ask a person' : `use one of ${allowed.slice(0, 8).join(', ')}`
}
