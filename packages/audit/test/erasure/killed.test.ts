import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { sweepPersonal } from '../../src/index.js'
import { bundleInto } from '../children/bundle.js'
import { start } from '../children/process.js'
import { linesOf, openLog, temporary } from '../folder.js'

it('leaves a payload without a record where the recorder is killed in between, and sweeps it', async () => {
  const dir = temporary()
  const bundle = pathToFileURL(bundleInto(temporary())).href
  const child = start([process.execPath, join(import.meta.dirname, 'recorder.mjs'), bundle, dir])
  expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
  expect(readdirSync(join(dir, 'personal'))).toHaveLength(1)

  const log = openLog(dir)
  const swept = await sweepPersonal(log, { who: 'cli:alice', olderThanMs: 0 })
  expect(swept.orphans).toHaveLength(1)
  expect(readdirSync(join(dir, 'personal'))).toEqual([])
  expect(linesOf(dir)).toHaveLength(1)
})
