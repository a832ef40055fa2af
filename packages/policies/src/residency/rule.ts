import { NO_BREACH, type Rule } from '../rules/rule.js'
import { checkProvider, isUnrestricted, type Residency } from './residency.js'

/** Denies model calls to providers, regions and machines that residency does not allow; no rule where it allows all. */
export function residencyRule(residency: Residency): readonly Rule[] {
  return isUnrestricted(residency) ? [] : [restricted(residency)]
}

function restricted(residency: Residency): Rule {
  return {
    name: 'loki_residency',
    point: 'resource',
    check({ input: { kind, provider, region, url, model } }) {
      if (kind !== 'model_call' && provider === undefined) return NO_BREACH
      const { allowed, reason, suggest } = checkProvider(provider, region, residency)
      if (!allowed) return [{ action: 'deny', reason, suggest: suggest ?? 'use another provider' }]
      if (!residency.airGapped) return NO_BREACH
      if (url !== undefined && !isLoopback(url))
        return [elsewhere(`${hostOf(url)} is not this machine`, 'point the provider at an address on the loopback')]
      // Ollama runs models of this name on its own servers.
      if (model !== undefined && /[:-]cloud$/i.test(model.trim()))
        return [elsewhere(`the model ${model} runs elsewhere`, 'use a model that runs on this machine')]
      return NO_BREACH
    },
  }
}

function elsewhere(what: string, suggest: string): { action: 'deny'; reason: string; suggest: string } {
  return { action: 'deny', reason: `${what}, and air-gapped mode is on`, suggest }
}

function isLoopback(url: string): boolean {
  return /^(?:localhost|(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\]|)$/.test(hostOf(url))
}

// What cannot be read is no address on the loopback.
function hostOf(url: string): string {
  try {
    return new URL(url).hostname.toLowerCase()
  } catch {
    return url.slice(0, 80)
  }
}
