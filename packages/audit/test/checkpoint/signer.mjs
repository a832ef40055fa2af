// Records one entry after another into a log that signs checkpoints, and says which were acknowledged; ends by being killed.
// argv: entry of the package, folder of the log, folder of the key
import { writeSync } from 'node:fs'

const [entry, dir, keyDir] = process.argv.slice(2)
const { openAudit } = await import(entry)
const log = openAudit({ dir, keyDir, enabled: true, env: {}, checkpoints: true, timeoutMs: 20_000 })
const work = async () => {
  for (;;) {
    const { seq } = await log.record({ who: `process:${process.pid}`, what: 'test.record' })
    writeSync(1, `ack ${seq}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, work))
