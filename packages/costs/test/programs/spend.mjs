// Reserves and settles calls of one cent until a budget refuses; says what it was granted, a line for each.
import { openCosts } from '../../dist/index.js'

const [dir, session, count] = process.argv.slice(2)
const ledger = openCosts({ dir, enabled: true, env: process.env })
const call = { project: '/work', session, provider: 'claude', model: 'claude-opus-4-5' }
for (let done = 0; done < Number(count); done += 1) {
  const grant = await ledger.reserve(call, { micros: 10_000 })
  if (!grant.granted) {
    console.log(`refused ${grant.why}`)
    break
  }
  console.log(`granted ${grant.id}`)
  const { alerts } = await ledger.settle(grant.id, { usage: { input: 10, output: 5 }, micros: 10_000 })
  console.log(`settled ${grant.id}`)
  for (const { percent } of [...grant.alerts, ...alerts]) console.log(`alert ${percent}`)
}
