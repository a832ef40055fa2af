import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuditError, ownerKey, proveConsistency, proveEntry, verifyConsistency, verifyProof } from '@loki/audit'
import type { AuditErrorCode } from '@loki/audit'
import { auditFolder, existingFile } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { readableLog, recordReading } from './audit-reading.js'

export interface ProofFileOptions {
  readonly output?: string
}

export interface VerifyProofOptions {
  readonly key: string
  readonly old?: string
}

const MAX_BYTES = 256 * 1024

/** `loki audit prove`. */
export async function prove(call: Call<ProofFileOptions>): Promise<ExitName | undefined> {
  const [text = ''] = call.args
  if (!/^\d{1,15}$/.test(text)) {
    throw usageError(`An entry is named by its number, from 0 on; got ${JSON.stringify(text)}.`, 'loki audit log')
  }
  const dir = readableLog(call.projectDir)
  const seq = Number(text)
  const proof = await proven(() => proveEntry(dir, seq))
  // A proof holds the entry: whoever makes one has read it.
  const reading = { command: 'prove', query: { seq } }
  await recordReading(dir, { output: call.output, projectDir: call.projectDir, reading }, { ok: true, entries: 1 })
  return deliver(call, proof)
}

/** `loki audit consistency`. */
export async function consistency(call: Call<ProofFileOptions>): Promise<ExitName | undefined> {
  const old = textOf(call.args[0] ?? '')
  return deliver(call, await proven(() => proveConsistency(auditFolder(call.projectDir), old)))
}

/** `loki audit verify-proof`. */
export async function verifyProofFile({ output, args, options }: Call<VerifyProofOptions>): Promise<ExitName> {
  const proof = textOf(args[0] ?? '')
  if (!proof.startsWith('old ')) {
    const found = await proven(() => verifyProof(proof, { publicKey: options.key }))
    const { seq, who, what, timestamp } = found.entry
    if (output.json) output.record(found)
    else {
      const signed = `entry ${seq} is in the log of ${found.size} that was signed on ${found.time}`
      say(output, signed, [`${timestamp}  ${who}  ${what}`, `log: ${found.origin}`])
    }
    return 'done'
  }
  if (options.old === undefined)
    throw usageError('A proof of consistency is verified with the older checkpoint: --old.')
  const oldCheckpoint = textOf(options.old)
  const found = await proven(() => verifyConsistency(proof, { oldCheckpoint, publicKey: options.key }))
  if (output.json) output.record(found)
  else {
    const { size, oldSize, time, origin } = found
    say(output, `the log of ${size}, signed on ${time}, begins with all ${oldSize} that it had then`, [
      `log: ${origin}`,
    ])
  }
  return 'done'
}

/** `loki audit key`. */
export function key({ output }: Call<unknown>): Promise<ExitName | undefined> {
  const found = ownerKey()
  if (found === undefined) {
    throw new CliError('NO_KEY', 'There is no key yet: nothing was signed by this user.', {
      next: 'It is made when something is first recorded in a log that signs checkpoints.',
    })
  }
  if (output.json) output.record(found)
  else {
    output.data(found.vkey)
    output.note(output.noteColor.dim(`kept in ${found.file}`))
  }
  return Promise.resolve(undefined)
}

function say(output: Output, sentence: string, details: readonly string[]): void {
  const lines = details.map((line) => output.color.dim(`\n  ${line}`))
  output.data(`${output.color.green('✓ proven')}  ${sentence}${lines.join('')}`)
}

function deliver({ output, options }: Call<ProofFileOptions>, proof: string): ExitName {
  if (options.output !== undefined) {
    const file = resolve(options.output)
    writeFileSync(file, proof)
    output.note(`Written to ${file}.`)
  }
  if (output.json) output.record({ proof })
  else if (options.output === undefined) output.data(proof.trimEnd())
  return 'done'
}

/** What the audit package refuses, in the words of the command line. */
async function proven<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AuditError)) throw error
    throw new CliError(error.code, error.message, { exit: EXITS[error.code] ?? 'failed', cause: error })
  }
}

const EXITS: Partial<Record<AuditErrorCode, ExitName>> = {
  INVALID_PROOF: 'brokenChain',
  INVALID_NOTE: 'brokenChain',
  LOG_DAMAGED: 'brokenChain',
  INVALID_KEY: 'usage',
}

function textOf(path: string): string {
  const file = existingFile(path)
  if (statSync(file).size <= MAX_BYTES) return readFileSync(file, 'utf8')
  throw usageError(`${path} is no proof and no checkpoint: it is longer than ${MAX_BYTES} bytes.`)
}
