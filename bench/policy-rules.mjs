import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openPolicies } from '../packages/policies/dist/index.js'

/** Ten rules, one of each kind: both sentences, seven typed matchers, one expression. */
export const TEN_RULES = `pre_execution:
  - {name: Only project files, rule: file_path must start with project_dir, action: deny}
  - {name: Few agents, rule: active_agents <= 10, action: require_approval}
  - {name: No push to main, command: git push, branch: [main, release/*], action: deny}
  - {name: Ask before publishing, command: [npm publish, pnpm publish], action: require_approval}
  - {name: Secrets, path: [.env, secrets/**, '*.pem'], action: deny}
  - {name: Services, service: ['github/delete_*', 'filesystem/*'], action: deny}
  - {name: Pastes, url: ['*.pastebin.com', pastebin.com], action: deny}
  - {name: Reviewers only read, agent: reviewer, tool: [Write, Edit], action: deny}
  - {name: Big models, model: '*opus*', action: require_approval}
  - {name: Foreign hosts, when: 'kind == "network" && host != "claude"', action: warn}
`

/** Actions of each kind that needs neither a shell's parser nor the file system. */
export function ruleInputs(projectDir) {
  const base = { cwd: projectDir, projectDir, session: 's', agent: 'main', host: 'claude' }
  return {
    agent: { ...base, kind: 'agent', tool: 'Task', activeAgents: 1 },
    service: { ...base, kind: 'mcp_tool', tool: 'mcp__github__get', server: { name: 'github', source: 'user' } },
    network: { ...base, kind: 'network', tool: 'WebFetch', url: 'https://example.com/x' },
    model: { ...base, kind: 'model_call', tool: '', provider: 'claude', model: 'sonnet' },
    other: { ...base, kind: 'other', tool: 'TodoWrite' },
  }
}

function perSecond(policies, input) {
  const count = 100_000
  const round = () => {
    const start = performance.now()
    for (let index = 0; index < count; index += 1) policies.evaluate('pre_execution', input)
    return (count / (performance.now() - start)) * 1000
  }
  round()
  return Math.round(Math.max(round(), round(), round()))
}

/** Evaluations a second of the ten rules, by kind of action, without a scan; and what loading the file takes. */
export async function run() {
  const projectDir = mkdtempSync(join(tmpdir(), 'loki-bench-rules-'))
  try {
    mkdirSync(join(projectDir, '.loki'))
    writeFileSync(join(projectDir, '.loki/policies.yaml'), TEN_RULES)
    const open = () => openPolicies({ projectDir, env: { HOME: '/home/nobody' } })
    const opened = Array.from({ length: 10 }, () => {
      const start = performance.now()
      open()
      return performance.now() - start
    })
    const policies = open()
    if (policies.problems.length > 0) throw new Error(policies.problems[0].message)
    const inputs = Object.entries(ruleInputs(projectDir))
    return {
      openMs: Math.min(...opened),
      ...Object.fromEntries(inputs.map(([kind, input]) => [`${kind}PerSecond`, perSecond(policies, input)])),
    }
  } finally {
    rmSync(projectDir, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await run())
