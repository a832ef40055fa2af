import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAudit, ownerKey, verifyLog } from '../../src/index.js'
import { bundleInto } from '../children/bundle.js'
import { start } from '../children/process.js'
import { temporary } from '../folder.js'

const BUILD = mkdtempSync(join(tmpdir(), 'loki-audit-build-'))
let entry = ''

beforeAll(() => {
  entry = bundleInto(BUILD)
})

afterAll(() => {
  rmSync(BUILD, { recursive: true, force: true })
})

test(
  '10 times kill -9 under three signing processes leaves a log that agrees with its checkpoints',
  { timeout: 60_000 },
  async () => {
    const dir = temporary()
    const keyDir = join(temporary(), 'keys')
    const program = join(import.meta.dirname, 'signer.mjs')
    let last = -1
    for (let trial = 0; trial < 10; trial++) {
      const children = Array.from({ length: 3 }, () => start([process.execPath, program, entry, dir, keyDir]))
      await Promise.all(children.map((child) => child.saw('ack')))
      for (const child of children) {
        await sleep((trial * 37 + last) % 100)
        child.process.kill('SIGKILL')
      }
      await Promise.all(children.map(({ ended }) => ended))
      last = Math.max(last, ...children.flatMap(({ lines }) => lines.map((line) => Number(line.slice('ack '.length)))))
      const log = openAudit({ dir, keyDir, enabled: true, env: {}, checkpoints: true })
      await log.record({ who: 'test', what: 'test.trial' })
      await log.close()
      const report = await verifyLog(dir, { publicKey: ownerKey({ keyDir })?.vkey })
      expect(report).toMatchObject({ valid: true, verdict: 'INTACT', checkpoint: { unanchored: 0 } })
      expect(report.entries).toBeGreaterThan(last + 1)
    }
  },
)
