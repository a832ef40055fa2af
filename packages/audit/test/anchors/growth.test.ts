import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { growthProof } from '../../src/anchors/growth.js'
import { openCheckpoint } from '../../src/checkpoint/checkpoint.js'
import type { TreeHead } from '../../src/checkpoint/checkpoint.js'
import { Frontier } from '../../src/tree/frontier.js'
import { provesConsistency } from '../../src/tree/proof.js'
import { newOwner } from '../checkpoint/signed.js'
import { linesOf, parse, temporary } from '../folder.js'
import { grown } from './logs.js'

it('the growth of a log is proven from every older size, and a log that was changed proves none', async () => {
  const dir = temporary()
  const note = await grown(dir, 41, newOwner().signingKey)
  const head = openCheckpoint(note) as TreeHead // any owner will do
  const tree = new Frontier()
  for (const [index, line] of linesOf(dir).entries()) {
    tree.append(Buffer.from(parse(line).hash.slice('sha256:'.length), 'hex'))
    const claim = { oldSize: index + 1, oldRoot: tree.root(), size: head.size, root: head.root }
    expect(provesConsistency(claim, await growthProof(dir, head, index + 1))).toBe(true)
  }
  const file = join(dir, 'audit.jsonl')
  const text = readFileSync(file, 'utf8')
  for (const changed of [text.slice(0, text.length / 2), text.replace(/"sha256:[0-9a-f]/g, '"sha256:0'), '']) {
    writeFileSync(file, changed)
    for (const old of [1, 7, 8, 32, 40]) {
      await expect(growthProof(dir, head, old)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
    }
  }
})
