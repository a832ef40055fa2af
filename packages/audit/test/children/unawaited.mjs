// Starts one record and waits for nothing: the pending record alone must keep the process alive until it is on disk.
import { writeSync } from 'node:fs'

const [entry, dir] = process.argv.slice(2)
const { openAudit } = await import(entry)
openAudit({ dir, enabled: true, env: {} })
  .record({ who: 'child', what: 'test.record' })
  .then(() => writeSync(1, 'ack\n'))
