// Numbers what is pending as a resident process does, subscribed to nothing: number.mjs <dir>
import { writeSync } from 'node:fs'
import { setInterval } from 'node:timers'
import { openEvents } from '../../dist/index.js'

openEvents({ dir: process.argv[2], env: {}, number: true })
setInterval(() => undefined, 1000)
writeSync(1, 'numbering\n')
