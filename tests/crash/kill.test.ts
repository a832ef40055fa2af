import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { acknowledgedIn, bundleInto, demandWhole, recorder, SEGMENTS, temporary } from './trial.js'
import type { Acknowledged } from './trial.js'

const TRIALS = Number(process.env.LOKI_CRASH_TRIALS ?? 25)
const WRITERS = 8
/** A trial ends after at most so many answers, which is some rotations. */
const MOST_ACKS = 120
/** After so many trials a log is left alone and another begun. */
const TRIALS_A_LOG = 10

test(
  `${TRIALS} times kill -9 of eight writers in the middle of rotations loses nothing acknowledged`,
  {
    timeout: TRIALS * 20_000,
  },
  async () => {
    const entry = bundleInto(temporary())
    const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const options = { ...SEGMENTS, checkpoints: true, signingKey }
    let total = 0
    let rotations = 0
    let dir = temporary()
    let acknowledged: Acknowledged[] = []
    for (let trial = 0; trial < TRIALS; trial++) {
      if (trial % TRIALS_A_LOG === 0) {
        dir = temporary()
        acknowledged = []
      }
      acknowledged.push(...(await killed(entry, dir, { trial, options })))
      const { segments } = await demandWhole(dir, acknowledged, options)
      if (trial % TRIALS_A_LOG === TRIALS_A_LOG - 1 || trial === TRIALS - 1) {
        total += acknowledged.length
        rotations += segments - 1
      }
    }
    console.log(`${TRIALS} trials: ${total} records acknowledged, ${rotations} rotations, nothing lost`)
    expect(total).toBeGreaterThan(TRIALS)
    expect(rotations).toBeGreaterThan(TRIALS / 2)
  },
)

/** Lets eight processes write until some random number of answers, and kills them all. */
async function killed(
  entry: string,
  dir: string,
  { trial, options }: { readonly trial: number; readonly options: typeof SEGMENTS },
): Promise<Acknowledged[]> {
  const outputs = Array.from({ length: WRITERS }, () => '')
  const enough = 1 + Math.floor(Math.random() * MOST_ACKS)
  let acks = 0
  let answer: () => void = () => undefined
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const children = outputs.map((_, index) => {
    const [file = '', ...args] = recorder(entry, dir, { name: `t${trial}w${index}`, options })
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outputs[index] = `${outputs[index] ?? ''}${text}`
      acks += text.split('ack ').length - 1
      if (acks >= enough) answer()
    })
    return child
  })
  await Promise.race([answered, sleep(30_000)])
  await sleep(Math.random() * 50)
  const ended = children.map((child) => once(child, 'close'))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(ended)
  return outputs.flatMap(acknowledgedIn)
}
