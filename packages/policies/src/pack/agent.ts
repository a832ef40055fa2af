import type { Invocation } from './invocation.js'
import type { PackRule } from './rule.js'

// Flags by which an agent works without its hooks, its settings or its sandbox.
const UNGOVERNED: Readonly<Record<string, RegExp>> = {
  claude:
    /^--(?:dangerously-skip-permissions|allow-dangerously-skip-permissions|bare|safe-mode|setting-sources|settings)(?:=|$)|^bypassPermissions$/,
  codex: /^--(?:dangerously-bypass-\S+|yolo)$|^danger-full-access$|^hooks$|features\.hooks/,
  gemini: /^(?:--yolo|-[a-z]*y[a-z]*|--approval-mode=yolo|yolo)$/,
  copilot: /^--(?:allow-all(?:-tools|-paths)?|yolo)$/,
  opencode: /^--pure$/,
  'cursor-agent': /^(?:--force|-f|--yolo)$/,
  aider: /^--yes-always$/,
  amp: /^--dangerously-allow-all$/,
}
// Variables that govern an agent, or lead it to settings that nobody has looked at.
const GOVERNS =
  /^(?:LOKI_(?:AUDIT_DISABLED|POLICY_PACK|GUARD_SOCKET|HOME|ALLOWED_PATHS|BLOCKED_COMMANDS|SESSION_ID|PROJECT_DIR)|SCOPE_(?:ALLOWED|DENIED)_\w+|CLAUDE_CONFIG_DIR|CLAUDE_CODE_SIMPLE|CODEX_HOME|COPILOT_HOME|GEMINI_CLI_SYSTEM_SETTINGS_PATH|OPENCODE_PURE)$/

function ungoverned(one: Invocation): string | undefined {
  const pattern = UNGOVERNED[one.program]
  if (pattern === undefined || one.has('help', 'version')) return undefined
  const flag = one.words.find((word) => pattern.test(word))
  return flag === undefined ? undefined : `${one.program} ${flag} would start an agent that is not governed`
}

/** Other agents, and the variables that govern this one. */
export const AGENT: readonly PackRule[] = [
  {
    name: 'agent.ungoverned',
    title: 'starting an agent without its hooks, settings or sandbox',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'start the agent without that flag, or let a person start it',
    programs: Object.keys(UNGOVERNED),
    command: ungoverned,
    examples: {
      deny: [
        'claude --dangerously-skip-permissions -p x',
        'codex --dangerously-bypass-approvals-and-sandbox x',
        'codex exec --disable hooks x',
        'gemini --yolo -p x',
        'claude --bare -p x',
        'opencode --pure run x',
      ],
      allow: ['claude -p x', 'codex exec x', 'gemini -p x', 'claude --version'],
    },
  },
  {
    name: 'agent.variables',
    title: 'setting or taking away the variables that govern an agent',
    severity: 'critical',
    level: 'minimal',
    action: 'require_approval',
    suggest: 'leave the variables as they are; a person sets them',
    script: ({ analysis, invocations }) => {
      const set = analysis?.variables.find(({ name }) => GOVERNS.test(name))
      if (set !== undefined) return `it would set ${set.name}, by which agents are governed`
      for (const { program, words } of invocations) {
        if (program !== 'unset' && program !== 'env') continue
        const taken = words.find(
          (word, at) =>
            GOVERNS.test(word.replace(/^--unset=|^-u/, '')) &&
            (program === 'unset' || /^(?:-u|--unset)$/.test(words[at - 1] ?? '') || /^(?:-u|--unset=)/.test(word)),
        )
        if (taken !== undefined) return `it would take ${taken} away, by which agents are governed`
      }
      return undefined
    },
    examples: {
      deny: [
        'env -u LOKI_GUARD_SOCKET npm test',
        'LOKI_AUDIT_DISABLED=true npm test',
        'export LOKI_POLICY_PACK=off',
        'unset LOKI_GUARD_SOCKET',
        'CODEX_HOME=/tmp/x codex exec y',
      ],
      allow: ['NODE_ENV=test npm test', 'unset FOO', 'env -u FOO npm test', 'echo $LOKI_HOME'],
    },
  },
]
