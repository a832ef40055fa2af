import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPolicies, scan } from '../src/index.js'

// Labelled data that is shared beside the repository, and not part of it.
const folder = join(import.meta.dirname, '../../../../shared/fixtures')
const here = existsSync(folder)
if (!here) console.log(`skipped: no labelled data at ${folder}`)

interface Row {
  readonly id: string
  readonly family?: string
  readonly text: string
  readonly command: string | null
  readonly expected: string | boolean
  readonly entities?: readonly string[]
  readonly policy_relative?: boolean
  readonly product_specific?: boolean
  readonly conflict?: boolean
  readonly context?: {
    readonly cwd?: string | null
    readonly home?: string | null
    readonly project_root?: string | null
  }
}

function rows(name: string): readonly Row[] {
  const lines = readFileSync(join(folder, name, 'dev.jsonl'), 'utf8')
    .trim()
    .split('\n')
  // The files are ours; their README gives this form.
  return lines.map((line) => JSON.parse(line) as Row)
}

function decide({ context, command }: Row): string {
  const cwd = context?.cwd ?? '/workspace/project'
  const projectDir = context?.project_root ?? cwd
  const env = { HOME: context?.home ?? '/home/test' }
  return openPolicies({ projectDir, enabled: true, env }).decide({
    kind: 'command',
    cwd,
    projectDir,
    command: command ?? '',
  }).decision
}

describe.skipIf(!here)('labelled commands', () => {
  const all = here
    ? rows('commands').filter(
        (row) =>
          row.command !== null &&
          row.policy_relative !== true &&
          row.product_specific !== true &&
          row.conflict !== true,
      )
    : []
  const share = (source: string, expected: string, wanted: (decision: string) => boolean): number => {
    const picked = all.filter(
      (row) =>
        row.id.startsWith(`${source}:`) &&
        row.expected === expected &&
        // Verdicts of packs that a default policy need not have.
        (expected === 'allow' || !(row.family ?? '').startsWith('opt-in-pack:')),
    )
    return picked.filter((row) => wanted(decide(row))).length / picked.length
  }

  it.each([
    ['dippy', 0.001, 0.003],
    ['dcg', 0, 0.022],
    ['continue', 0, 0],
    ['ccsn', 0.021, 0.085],
    ['nah', 0.07, 0.165],
  ])('of %s that are harmless, at most the share %d is denied and %d asked about', (source, denied, asked) => {
    expect(share(source, 'allow', (decision) => decision === 'DENY')).toBeLessThanOrEqual(denied)
    expect(share(source, 'allow', (decision) => decision === 'REQUIRE_APPROVAL')).toBeLessThanOrEqual(asked)
  })

  it.each([
    ['dcg', 0.98],
    ['continue', 0.96],
    ['ccsn', 0.92],
    ['nah', 0.99],
  ])('of %s that are harmful, at least the share %d is stopped', (source, floor) => {
    expect(share(source, 'deny', (decision) => decision !== 'ALLOW')).toBeGreaterThanOrEqual(floor)
  })
})

describe.skipIf(!here)('labelled texts', () => {
  it('hold secrets that are found, with few false alarms', () => {
    const counts = { found: 0, secrets: 0, alarms: 0, harmless: 0 }
    for (const row of rows('secrets')) {
      if (!/^(noseyparker|kingfisher):/.test(row.id)) continue
      const hit = scan(row.text, { pii: false }).length > 0
      if (row.expected === true) {
        counts.secrets += 1
        if (hit) counts.found += 1
      } else {
        counts.harmless += 1
        if (hit) counts.alarms += 1
      }
    }
    expect(counts.found / counts.secrets).toBeGreaterThanOrEqual(0.38)
    expect(counts.alarms / counts.harmless).toBeLessThanOrEqual(0.15)
  })

  it.each([
    ['EMAIL_ADDRESS', 'email', 0.7],
    ['CREDIT_CARD', 'card_number', 1],
    ['PHONE_NUMBER', 'phone', 0.8],
    ['IP_ADDRESS', 'ip_address', 0.8],
  ])('hold %s that is found', (entity, kind, floor) => {
    const wanted = rows('pii').filter((row) => row.expected === true && row.entities?.includes(entity) === true)
    const found = wanted.filter((row) => scan(row.text, { secrets: false }).some((finding) => finding.kind === kind))
    expect(found.length / wanted.length).toBeGreaterThanOrEqual(floor)
  })
})
