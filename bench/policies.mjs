import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openPolicies, scan } from '../packages/policies/dist/index.js'

const fixtures = join(import.meta.dirname, '../../shared/fixtures/commands/dev.jsonl')

const BUILT_IN = [
  'npm test',
  'git status && git diff --stat',
  'for f in src/*.ts; do wc -l "$f"; done',
  'rm -rf ./dist && npm run build',
  'cd packages/a && npm ci && npm test 2>&1 | tail -20',
  "cat > notes.md <<'EOF'\nsome text\nEOF",
  "find . -name '*.log' -exec rm -f {} +",
  'git push origin HEAD:refs/heads/feature/x',
  'sudo env A=b bash -c "rm -rf /"',
  'echo cm0gLXJmIC8= | base64 -d | sh',
]

function commands() {
  if (!existsSync(fixtures)) return BUILT_IN
  const rows = readFileSync(fixtures, 'utf8').trim().split('\n')
  return rows.map((row) => JSON.parse(row).command).filter((command) => typeof command === 'string')
}

/** Each command's least time of several rounds: the cost of the code, not of what else the machine does. */
function decisionTimes(policies, projectDir) {
  const inputs = commands().map((command) => ({
    kind: 'command',
    cwd: projectDir,
    projectDir,
    command,
    branch: 'feature/x',
  }))
  const least = inputs.map(() => Number.POSITIVE_INFINITY)
  const every = []
  for (let round = 0; round < 6; round += 1)
    inputs.forEach((input, index) => {
      const start = performance.now()
      policies.decide(input)
      const took = performance.now() - start
      if (round > 0) every.push(took)
      least[index] = Math.min(least[index], took)
    })
  return { least: least.sort((a, b) => a - b), every: every.sort((a, b) => a - b) }
}

function tenRules() {
  const entries = Array.from(
    { length: 9 },
    (_, index) => `  - {name: agents ${index}, rule: active_agents <= ${index + 5}, action: deny}`,
  )
  return [
    'pre_execution:',
    ...entries,
    '  - {name: inside, rule: file_path must start with project_dir, action: deny}',
    '',
  ].join('\n')
}

function evaluationsPerSecond(policies, projectDir) {
  const input = { kind: 'agent', cwd: projectDir, projectDir, activeAgents: 1 }
  const run = (count) => {
    const start = performance.now()
    for (let index = 0; index < count; index += 1) policies.evaluate('pre_execution', input)
    return (count / (performance.now() - start)) * 1000
  }
  run(50_000)
  return Math.max(run(200_000), run(200_000), run(200_000))
}

function source() {
  const file = join(import.meta.dirname, '../packages/policies/dist/index.js')
  const text = readFileSync(file, 'utf8')
  return text.repeat(Math.ceil(1_000_000 / text.length)).slice(0, 1_000_000)
}

function scanSpeed(text, options) {
  let best = 0
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now()
    scan(text, options)
    best = Math.max(best, text.length / 1000 / (performance.now() - start))
  }
  return best
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]

/** Figures of `@loki/policies`: times in milliseconds, speeds in megabytes a second. */
export async function run() {
  const projectDir = mkdtempSync(join(tmpdir(), 'loki-bench-policies-'))
  try {
    const env = { HOME: '/home/nobody', SCOPE_DENIED_BRANCHES: 'main' }
    const { least, every } = decisionTimes(openPolicies({ projectDir, enabled: true, env }), projectDir)
    mkdirSync(join(projectDir, '.loki'))
    writeFileSync(join(projectDir, '.loki/policies.yaml'), tenRules())
    const evaluations = evaluationsPerSecond(openPolicies({ projectDir, env: { HOME: '/home/nobody' } }), projectDir)
    const text = source()
    return {
      decisions: least.length,
      decisionP50Ms: at(least, 0.5),
      decisionP99Ms: at(least, 0.99),
      decisionMaxMs: least.at(-1),
      decisionEveryP99Ms: at(every, 0.99),
      evaluationsPerSecond: Math.round(evaluations),
      scanSecretsMBps: scanSpeed(text, { pii: false }),
      scanAllMBps: scanSpeed(text, {}),
    }
  } finally {
    rmSync(projectDir, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await run())
