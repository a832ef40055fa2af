import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'
import { openAudit } from '../../src/index.js'
import type { AuditOptions } from '../../src/index.js'

export const good = { who: 'agent:claude/s1', what: 'action.decided', where: '/p', metadata: { decision: 'ALLOW' } }

/** Smallest segments there are: a new one after every kilobyte. */
export const SMALL: AuditOptions = { maxSizeMb: 0.001 }

/** Records one after the other, so that segments close in between; waits until they are compressed, where asked. */
export async function rotated(
  dir: string,
  count: number,
  options: AuditOptions & { readonly compressed?: boolean } = {},
): Promise<void> {
  const { compressed = false, ...rest } = options
  const log = openAudit({ dir, enabled: true, env: {}, ...SMALL, ...rest })
  for (let index = 0; index < count; index++) await log.record({ ...good, why: `number ${index}` })
  if (compressed) await allCompressed(dir)
  await log.close()
}

export async function allCompressed(dir: string): Promise<void> {
  await vi.waitFor(
    () => {
      const names = existsSync(join(dir, 'segments')) ? readdirSync(join(dir, 'segments')) : []
      if (names.some((name) => name.endsWith('.jsonl') || name.endsWith('.new'))) throw new Error(names.join(' '))
    },
    { timeout: 10_000, interval: 20 },
  )
}
