import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openAudit } from '../../src/index.js'
import type { AuditOptions } from '../../src/index.js'
import { OWNER_NAME } from '../../src/keys/endorsement.js'
import { signerOf, vkeyOf } from '../../src/note/key.js'

/** A long-term key as a guard process under another user would hold it, and its public half. */
export function newOwner(): { signingKey: KeyObject; publicKey: string } {
  const signingKey = generateKeyPairSync('ed25519').privateKey
  return { signingKey, publicKey: vkeyOf(signerOf(OWNER_NAME, signingKey)) }
}

/** Adds `count` entries to a log that signs checkpoints, and closes it. */
export async function addSigned(dir: string, count: number, options: AuditOptions): Promise<void> {
  const log = openAudit({ dir, enabled: true, env: {}, checkpoints: true, ...options })
  onTestFinished(() => log.close().catch(() => undefined))
  const records = Array.from({ length: count }, (_, index) =>
    log.record({ who: `agent:${index % 3}`, what: 'action.decided', where: '/p', metadata: { index } }),
  )
  await Promise.all(records)
  await log.close()
}

export const latestOf = (dir: string): string => join(dir, 'checkpoint')
export const historyOf = (dir: string): string => join(dir, 'checkpoints.jsonl')
