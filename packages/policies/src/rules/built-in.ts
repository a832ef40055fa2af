import type { OpaqueKind } from '../command/analysis.js'
import type { OpaqueAction } from '../file/policy-file.js'
import { ASPECT } from './match/condition.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** The program that a live test of installed hooks runs: it does nothing, and is denied whatever the policy says. */
export const canaryRule: Rule = {
  name: 'loki_canary',
  point: 'pre_execution',
  action: 'deny',
  aspects: [ASPECT.command],
  check({ analysis }) {
    if (analysis?.commands.some((command) => command.program === 'loki-canary') !== true) return NO_BREACH
    return [
      {
        action: 'deny',
        reason: 'loki-canary is never allowed: this denial shows that the hooks are in force',
        suggest: 'nothing; the test has passed',
      },
    ]
  },
}

/** A command that is not understood to its end is not run, unless the policy says what becomes of it. */
export function readableRule(opaque: OpaqueAction | undefined): Rule {
  return {
    name: 'loki_unreadable_command',
    point: 'pre_execution',
    aspects: [ASPECT.command],
    check({ analysis, input }) {
      if (analysis === undefined) {
        if (input.kind !== 'command') return NO_BREACH
        return [
          { action: 'deny', reason: 'the action is a command and does not say which', suggest: 'name the command' },
        ]
      }
      if (opaque === 'allow') return NO_BREACH
      const worst = analysis.errors.find((error) => error.kind !== 'unparseable') ?? analysis.errors[0]
      return (worst === undefined ? [] : [worst]).map((error) => ({
        // A script that no shell can read is most often a slip; one past the limits hides something.
        action: opaque ?? (error.kind === 'unparseable' ? 'require_approval' : 'deny'),
        reason: `the command was not understood: ${error.message}`,
        suggest: 'write it as plain bash, or put it into a script file of the project',
      }))
    },
  }
}

const OPAQUE: Readonly<Record<Exclude<OpaqueKind, 'remote_script'>, string>> = {
  command_name: 'which program it starts is known only when it runs',
  script: 'a shell is handed a text that is known only when it runs',
  code: 'an interpreter is handed code that is known only when it runs',
}

/** What cannot be known before it runs is for a person to decide, unless the policy says what becomes of it. */
export function opaqueRule(opaque: OpaqueAction | undefined): Rule {
  const action = opaque ?? 'require_approval'
  return {
    name: 'loki_opaque_command',
    point: 'pre_execution',
    aspects: [ASPECT.command],
    ...(action === 'allow' ? {} : { action }),
    check({ analysis }) {
      if (action === 'allow') return NO_BREACH
      const breaches: Breach[] = []
      for (const part of analysis?.opaque ?? [])
        if (part.kind !== 'remote_script')
          breaches.push({
            action,
            reason: `${OPAQUE[part.kind]}: ${part.text}`,
            suggest: 'write the program and its words out',
          })
      return breaches.slice(0, 8)
    },
  }
}

/** A download is not run unread. */
export const remoteScriptRule: Rule = {
  name: 'loki_remote_script',
  point: 'pre_execution',
  action: 'deny',
  aspects: [ASPECT.command],
  check({ analysis }) {
    const part = analysis?.opaque.find((one) => one.kind === 'remote_script')
    if (part === undefined) return NO_BREACH
    return [
      {
        action: 'deny',
        reason: `it would run what a download returns, unread: ${part.text}`,
        suggest: 'save the download to a file of the project, read it, then run the file',
      },
    ]
  },
}
