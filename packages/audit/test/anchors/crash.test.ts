import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { cosignatureOf, parseCosigner } from '../../src/anchors/cosignature.js'
import { parseNote } from '../../src/note/note.js'
import { bundleInto } from '../children/bundle.js'
import { temporary } from '../folder.js'
import { PlainLog, post } from './logs.js'

/** A witness in a process of its own. */
async function child(
  entry: string,
  dir: string,
  vkey: string,
): Promise<{ process: ChildProcess; url: string; key: string }> {
  const started = spawn(process.execPath, [join(import.meta.dirname, 'witness.mjs'), entry, dir, vkey])
  onTestFinished(() => {
    started.kill('SIGKILL')
  })
  const [line] = (await once(createInterface(started.stdout), 'line')) as [string]
  return { process: started, ...(JSON.parse(line) as { url: string; key: string }) }
}

it(
  'a witness that is killed at any moment goes on from what it last said, or from one more',
  { timeout: 120_000 },
  async () => {
    const log = new PlainLog('log.example/one')
    const dir = temporary()
    const folder = temporary()
    bundleInto(folder)
    const entry = join(folder, 'anchors', 'index.js')
    let size = 0
    let between = 0
    for (let trial = 0; trial < 12; trial++) {
      const witness = await child(entry, dir, log.vkey)
      // What it remembers after the crash: what it said last, or what it wrote and could not say.
      const { status, text } = await post(witness.url, log.growth(99, 100))
      expect(status).toBe(409)
      const remembered = Number(text)
      expect(remembered).toBeGreaterThanOrEqual(size)
      expect(remembered).toBeLessThanOrEqual(size + 1)
      if (remembered > size) between++
      size = remembered
      for (let answered = 0; answered < 3; answered++, size++) {
        const said = await post(witness.url, log.growth(size, size + 1))
        expect(said.status).toBe(200)
        const note = parseNote(`${log.checkpoint(size + 1)}${said.text}`)
        expect(cosignatureOf(note, parseCosigner(witness.key))).toBeDefined()
      }
      // Killed while it answers: a little later each time.
      const last = post(witness.url, log.growth(size, size + 1)).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, trial))
      witness.process.kill('SIGKILL')
      if ((await last)?.status === 200) size++
    }
    expect(size).toBeGreaterThanOrEqual(36)
    console.info(`killed between writing and answering: ${between} times`)
  },
)
