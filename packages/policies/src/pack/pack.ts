import type { Facts } from '../rules/facts.js'
import { type Breach, NO_BREACH, type Rule } from '../rules/rule.js'
import { AGENT } from './agent.js'
import { CLOUD } from './cloud.js'
import { CONTAINER } from './container.js'
import { DATABASE } from './database.js'
import { DISK } from './disk.js'
import { DOWNLOAD } from './download.js'
import { HOSTING } from './hosting.js'
import { HISTORY } from './history.js'
import { Invocation } from './invocation.js'
import { INJECTION } from './injection.js'
import { MACHINE } from './machine.js'
import { NETWORK } from './network.js'
import { PERSISTENCE } from './persistence.js'
import { PRIVILEGE } from './privilege.js'
import { PUBLISH } from './publish.js'
import { PUSH } from './push.js'
import { PACK_LEVELS, type PackLevel, type PackRule, type Script } from './rule.js'
import { SECRETS } from './secrets.js'
import { SERVICE } from './service.js'

/** Every rule of the built-in pack, family by family. */
export const PACK: readonly PackRule[] = [
  ...[
    DISK,
    HISTORY,
    PUSH,
    SECRETS,
    PRIVILEGE,
    PERSISTENCE,
    DATABASE,
    CLOUD,
    PUBLISH,
    CONTAINER,
    NETWORK,
    DOWNLOAD,
    MACHINE,
    AGENT,
    INJECTION,
    HOSTING,
    SERVICE,
  ].flat(),
]

/** What stands in front of each rule's name in a violation. */
export const PACK_PREFIX = 'loki_pack.'

/** The rules of the pack that hold at a level. */
export function packRules(level: PackLevel): readonly Rule[] {
  const rank = PACK_LEVELS.indexOf(level)
  const scripts = new WeakMap<Facts, Script>()
  return PACK.filter((rule) => PACK_LEVELS.indexOf(rule.level) <= rank).map((rule) => compile(rule, scripts))
}

function compile(rule: PackRule, scripts: WeakMap<Facts, Script>): Rule {
  const programs = new Set(rule.programs)
  return {
    name: PACK_PREFIX + rule.name,
    point: 'pre_execution',
    check(facts) {
      const script = scriptOf(facts, scripts)
      const reasons = new Set<string>()
      const whole = rule.script?.(script)
      if (whole !== undefined) reasons.add(whole)
      if (rule.command !== undefined)
        for (const invocation of script.invocations) {
          const reason = programs.has(invocation.program) ? rule.command(invocation, script) : undefined
          if (reason !== undefined) reasons.add(reason)
        }
      if (reasons.size === 0) return NO_BREACH
      return [...reasons]
        .slice(0, MAX_REASONS)
        .map((reason): Breach => ({ action: rule.action, reason, suggest: rule.suggest }))
    },
  }
}

const MAX_REASONS = 4

// All rules of one action share what was worked out of it.
function scriptOf(facts: Facts, scripts: WeakMap<Facts, Script>): Script {
  const before = scripts.get(facts)
  if (before !== undefined) return before
  const { analysis } = facts
  const script = { facts, analysis, invocations: (analysis?.commands ?? []).map((command) => new Invocation(command)) }
  scripts.set(facts, script)
  return script
}
