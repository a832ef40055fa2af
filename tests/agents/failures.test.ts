import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failures, Hooked, hosts, type Failure } from './stage/failures.js'
import type { HookHost } from './stage/hook-input.js'
import type { Outcome } from './stage/outcome.js'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'residual-risk.md'), 'utf8')
const seen = new Map<string, Outcome>()

const open = new Map<HookHost, Hooked>()

beforeAll(() => {
  for (const host of hosts) open.set(host, new Hooked(host))
})
afterAll(async () => {
  await Promise.all([...open.values()].map((hooked) => hooked.close()))
})

async function fail(host: HookHost, failure: Pick<Failure, 'name' | 'asked'>): Promise<Outcome> {
  const outcome = (await open.get(host)?.fail(failure)) ?? 'goes on'
  seen.set(`${failure.name} ${host}`, outcome)
  return outcome
}

for (const failure of failures) {
  // At once, because one of them waits for a deadline to pass.
  describe.concurrent(failure.name, () => {
    test.each(hosts)('%s, by the line that loki hooks install writes, stops, or the hole is known', async (host) => {
      expect((await fail(host, failure)) === 'goes on').toBe(failure.holes.includes(host))
    })
  })
}

test.each(hosts)('where nothing fails, what is allowed goes on in %s', async (host) => {
  for (const asked of ['call', 'prompt', 'output'] as const) {
    expect(await fail(host, { name: 'nothing', asked })).toBe('goes on')
  }
})

describe('docs/residual-risk.md', () => {
  test('says of each failure what was seen', () => {
    const rows = failures.map(({ name }) => [name, ...hosts.map((host) => seen.get(`${name} ${host}`))])
    const table = page
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim().replaceAll('*', '')),
      )
    for (const row of rows) expect(table, `| ${row.join(' | ')} |`).toContainEqual(row)
  })

  test('explains every cell in which a host goes on', () => {
    for (const { name, holes } of failures) {
      if (holes.length > 0) expect(page, name).toContain(`- "${name}": `)
    }
  })
})
