// Records `count` entries, `flight` at a time, and says which were acknowledged.
// argv: entry of the package, folder of the log, name, count, flight, [what to do at the end]
import { writeSync } from 'node:fs'

const [entry, dir, name, count, flight, end = 'close'] = process.argv.slice(2)
const { openAudit } = await import(entry)
const log = openAudit({ dir, enabled: true, env: {}, timeoutMs: 20_000 })
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

await Promise.all(Array.from({ length: Number(flight) }, work))
writeSync(1, 'done\n')
if (end === 'exit') process.exit(0)
if (end === 'wait') await new Promise((resolve) => process.stdin.once('data', resolve))
if (end === 'kill') process.kill(process.pid, 'SIGKILL')
if (end !== 'leave') await log.close()
if (end === 'wait') process.stdin.destroy()
