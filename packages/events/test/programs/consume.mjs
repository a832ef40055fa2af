// Writes every event of a group to a ledger before the handler returns: consume.mjs <dir> <group> <ledger> [ms per event]
import { appendFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEvents } from '../../dist/index.js'

const [dir, group, ledger, work = '0'] = process.argv.slice(2)
const report = (problem) => writeSync(2, `${problem.code} ${problem.message}\n`)
const events = openEvents({ dir, env: {}, onProblem: report })
events.subscribe({ group }, async ({ payload }, { seq }) => {
  appendFileSync(ledger, `${seq} ${payload.name} ${payload.n} ${process.pid}\n`)
  if (work !== '0') await sleep(Number(work))
})
writeSync(1, 'subscribed\n')
