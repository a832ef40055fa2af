// Answers one question as fast as it can, many times over; says how often its answer was the one that held.
import { openApprovals } from '../../dist/index.js'

const [dir, id, who, count] = process.argv.slice(2)
const queue = openApprovals({ dir, enabled: true, env: {} })
let won = 0
for (let at = 0; at < Number(count); at += 1) {
  const outcome = at % 2 === 0 ? 'approved' : 'rejected'
  try {
    await queue.answer(id, { outcome, by: `${who}-${at}` })
    won += 1
  } catch (error) {
    if (error.code !== 'ALREADY_DECIDED') throw error
  }
}
console.log(won)
