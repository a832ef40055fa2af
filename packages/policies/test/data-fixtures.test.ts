import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scan } from '../src/index.js'

// Labelled data that is shared beside the repository, and not part of it.
const folder = join(import.meta.dirname, '../../../../shared/fixtures')
const here = existsSync(folder)
if (!here) console.log(`skipped: no labelled data at ${folder}`)

interface Row {
  readonly id: string
  readonly type?: string
  readonly categories?: readonly string[] | null
  readonly entities?: readonly string[]
  readonly text: string
  readonly expected: boolean
}

function rows(name: string): readonly Row[] {
  if (!here) return []
  const lines = readFileSync(join(folder, name, 'dev.jsonl'), 'utf8')
    .trim()
    .split('\n')
  // The files are ours; their README gives this form.
  return lines.map((line) => JSON.parse(line) as Row)
}

// Left out, as the page beside the data says: identifiers, and inner lines of a key.
const SECRETS = rows('secrets').filter(
  ({ expected, categories, type, text }) =>
    !expected ||
    ((categories ?? []).every((one) => one !== 'identifier') && (type !== 'PEM Private Key' || text.includes('BEGIN'))),
)

function share(picked: readonly Row[], holds: (row: Row) => boolean): number {
  return picked.filter(holds).length / picked.length
}

describe.skipIf(!here)('labelled secrets', () => {
  const hit = ({ text }: Row): boolean => scan(text, { pii: false }).length > 0

  it.each([
    ['noseyparker', 0.77, 0.14],
    ['kingfisher', 0.77, 0],
    ['secretlint', 0.8, 0.3],
    ['credsweeper', 0.8, 0],
  ])('of %s: at least the share %d is found, at most %d of what is none', (source, floor, alarms) => {
    const own = SECRETS.filter(({ id }) => id.startsWith(`${source}:`))
    const [secret, harmless] = [own.filter(({ expected }) => expected), own.filter(({ expected }) => !expected)]
    expect(share(secret, hit)).toBeGreaterThanOrEqual(floor)
    if (harmless.length > 0) expect(share(harmless, hit)).toBeLessThanOrEqual(alarms)
  })
})

describe.skipIf(!here)('labelled personal data', () => {
  it.each([
    ['EMAIL_ADDRESS', 'email', 1],
    ['CREDIT_CARD', 'card_number', 1],
    ['PHONE_NUMBER', 'phone', 1],
    ['US_SSN', 'us_ssn', 1],
    // The rest are the loopback, the unspecified and the broadcast address, which name nobody.
    ['IP_ADDRESS', 'ip_address', 0.84],
  ])('%s is found, and nothing that is none', (entity, kind, floor) => {
    const own = rows('pii').filter(({ entities }) => entities?.includes(entity) === true)
    const hit = ({ text }: Row): boolean => scan(text, { secrets: false }).some((finding) => finding.kind === kind)
    expect(
      share(
        own.filter(({ expected }) => expected),
        hit,
      ),
    ).toBeGreaterThanOrEqual(floor)
    expect(own.filter(({ expected }) => !expected).filter(hit)).toEqual([])
  })
})
