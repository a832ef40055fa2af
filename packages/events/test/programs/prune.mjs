// Prunes as hard as it may, without end: prune.mjs <dir>
import { writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { pruneEvents } from '../../dist/index.js'

const keep = { days: 0, megabytes: 0, segments: 0 }
const hold = { days: 1e6, megabytes: 1e6, segments: 1e6 }
writeSync(1, 'pruning\n')
for (;;) {
  pruneEvents({ dir: process.argv[2], env: {}, retention: { keep, hold } })
  await setImmediate()
}
