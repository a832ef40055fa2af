// Emits numbered events and acknowledges each on standard output: emit.mjs <dir> <name> <count> [pause ms] [fsync]
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEvents } from '../../dist/index.js'

const [dir, name, count, pause = '0', durability = 'rename'] = process.argv.slice(2)
const events = openEvents({ dir, env: {}, durability })
for (let n = 1; n <= Number(count); n += 1) {
  await events.emit({ type: 'task', source: 'runner', payload: { name, n } })
  writeSync(1, `${name} ${n}\n`)
  if (pause !== '0') await sleep(Number(pause))
}
// Not a natural end: whatever is not on disk by now is lost.
process.exit(0)
