import { hookTable } from '../hooks/definition.js'
import { tomlInline } from './toml.js'
import { wallRules } from './wall.js'
import type { SecondWall, Untranslated, WallOptions, WallRule } from './wall.js'

const REQUIREMENTS = '/etc/codex/requirements.toml'
const RULES = '~/.codex/rules/loki.rules'

/**
 * `requirements.toml` and a rules file of Codex (developers.openai.com/codex, managed configuration, rules): hooks are on and those of
 * Loki cannot be taken out, no run is without a sandbox, and commands that the policy names by their first words are forbidden
 * or asked by Codex itself.
 */
export function codexWall(options: WallOptions): SecondWall {
  const { rules, untranslated } = wallRules(options)
  const left: Untranslated[] = [...untranslated]
  const written: string[] = []
  for (const rule of rules) {
    const said = prefixRules(rule)
    if (typeof said === 'string') left.push({ rule: rule.name, why: said })
    else written.push(...said)
  }
  return {
    files: [
      { path: REQUIREMENTS, content: requirements(options) },
      { path: RULES, content: `${['# Written by loki policy compile codex.', ...written].join('\n')}\n` },
    ],
    untranslated: left,
  }
}

function requirements({ hookCommand }: WallOptions): string {
  const hooks = Object.entries(hookTable('codex', hookCommand)).flatMap(([event, groups]) =>
    groups.flatMap(({ matcher, hooks: handlers }) => [
      `[[hooks.${event}]]`,
      ...(matcher === undefined ? [] : [`matcher = ${tomlInline(matcher)}`]),
      ...handlers.flatMap(({ type, command, timeout }) => [
        `[[hooks.${event}.hooks]]`,
        `type = ${tomlInline(type)}`,
        `command = ${tomlInline(command)}`,
        `timeout = ${timeout}`,
      ]),
      '',
    ]),
  )
  return [
    '# Written by loki policy compile codex.',
    'allowed_approval_policies = ["untrusted", "on-request", "never"]',
    'allowed_sandbox_modes = ["read-only", "workspace-write"]',
    'allow_managed_hooks_only = true',
    '',
    '[features]',
    'hooks = true',
    '',
    ...hooks,
  ].join('\n')
}

/** Rules of words that a command begins with; a sentence where the rule is about more. */
function prefixRules({ name, action, reason, match }: WallRule): readonly string[] | string {
  const keys = Object.keys(match)
  if (keys.join() !== 'command') return `rules of Codex know no ${keys.filter((key) => key !== 'command').join(', ')}`
  const rules: string[] = []
  for (const pattern of match.command ?? []) {
    const words = pattern.replace(/ \*$/, '').split(/\s+/)
    if (words.some((word) => /[*?[\]{}$`'"\\\\()]/.test(word)))
      return `rules of Codex cannot say ${JSON.stringify(pattern)}`
    const decision = action === 'deny' ? 'forbidden' : 'prompt'
    rules.push(
      `prefix_rule(pattern = ${JSON.stringify(words)}, decision = "${decision}", justification = ${JSON.stringify(`${reason} (${name})`)}, match = ${JSON.stringify([words.join(' ')])})`,
    )
  }
  return rules
}
