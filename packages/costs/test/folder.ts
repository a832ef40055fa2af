import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openCosts } from '../src/index.js'
import type { CallContext, CostLedger, CostsOptions } from '../src/index.js'

/** An empty folder, removed when the test has ended. */
export function emptyFolder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'loki-costs-')))
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  })
  return dir
}

/** A ledger in a folder of its own, on 2026-11-21. */
export function ledgerWith(options: CostsOptions = {}): CostLedger {
  return openCosts({
    dir: emptyFolder(),
    enabled: true,
    env: {},
    now: () => new Date('2026-11-21T12:00:00Z'),
    ...options,
  })
}

export const CALL: CallContext = {
  project: '/home/dev/shop',
  session: 'ses-1',
  task: 't1',
  provider: 'claude',
  model: 'claude-opus-4-5',
}
