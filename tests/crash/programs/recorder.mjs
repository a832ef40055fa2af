// Records until it is killed or has recorded `count`, and says what was acknowledged.
// argv: entry of the package, folder of the log, name, options as JSON, [count]
import { writeSync } from 'node:fs'

const [entry, dir, name, options, count = 'Infinity'] = process.argv.slice(2)
const { openAudit } = await import(entry)
const log = openAudit({ dir, enabled: true, env: {}, timeoutMs: 20_000, ...JSON.parse(options) })
let next = 0

async function work() {
  while (next < Number(count)) {
    const id = `${name}-${next++}`
    try {
      const { seq, hash } = await log.record({ who: name, what: 'test.record', metadata: { id } })
      writeSync(1, `ack ${id} ${seq} ${hash}\n`)
    } catch (error) {
      writeSync(1, `refused ${id} ${error.code}\n`)
    }
  }
}

writeSync(1, 'started\n')
await Promise.all(Array.from({ length: 4 }, work))
await log.close().catch(() => undefined)
writeSync(1, 'done\n')
