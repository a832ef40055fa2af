import { describe, expect, it } from 'vitest'
import { scan } from '../src/index.js'
// The list itself, to see that no kind goes without a sample; everything else is seen from outside.
import { secretKinds } from '../src/data/secrets/kinds.js'
import { BUSINESS_SAMPLES } from './samples/business.js'
import { CLOUD_SAMPLES } from './samples/cloud.js'
import { CODE_SAMPLES } from './samples/code.js'
import { KEY_SAMPLES } from './samples/keys.js'
import { SERVICE_SAMPLES } from './samples/services.js'

const SAMPLES = [...CLOUD_SAMPLES, ...CODE_SAMPLES, ...SERVICE_SAMPLES, ...BUSINESS_SAMPLES, ...KEY_SAMPLES]

/** The kinds found in a text that says nothing about what it holds. */
function kindsIn(text: string): readonly string[] {
  return scan(`see ${text} there`, { pii: false }).map(({ kind }) => kind)
}

describe('each kind of secret', () => {
  it.each(SAMPLES)('%s is found', (kind = '', sample = '') => {
    const findings = scan(`see ${sample}\n`, { pii: false })
    expect(findings.map((finding) => finding.kind)).toEqual([kind])
    expect(JSON.stringify(findings)).not.toContain(sample.slice(-12))
  })

  it.each(SAMPLES)('%s is not seen in a near miss', (kind = '', sample = '', nearMiss = sample.slice(0, -1)) => {
    expect(kindsIn(nearMiss)).not.toContain(kind)
  })

  it('has a sample', () => {
    const sampled = new Set(SAMPLES.map(([kind]) => kind))
    const kinds = new Set(secretKinds().map(({ kind }) => kind))
    expect([...kinds].filter((kind) => !sampled.has(kind))).toEqual([])
    expect(kinds.size).toBeGreaterThanOrEqual(150)
    for (const kind of kinds) expect(kind).toMatch(/^[a-z0-9]+(?:_[a-z0-9]+)*$/)
  })
})

describe('a text full of beginnings', () => {
  const words = [...new Set([...secretKinds().flatMap(({ keywords }) => keywords), 'password=', 'api_key: ', 'token '])]

  it.each(words)('of %j is looked through in time', (word) => {
    const text = word.repeat(Math.ceil(20_000 / word.length))
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 4 && least > 50; round += 1) {
      const started = performance.now()
      scan(text)
      least = Math.min(least, performance.now() - started)
    }
    expect(least).toBeLessThan(150)
  })
})
