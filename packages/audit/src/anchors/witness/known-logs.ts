import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, asAuditError, systemCode } from '../../error.js'
import { replaceDurably } from '../durable-file.js'
import { parsePolicy } from '../policy.js'

const FILE = 'policy'

/** The keys of the logs that a witness knows: the `log` lines of the policy in its folder. */
export function knownLogs(dir: string): readonly string[] {
  return parsePolicy(policyText(dir), { quorum: false }).logs
}

/** Adds a log to those that a witness knows; one that runs takes it up by itself. False where it was there. */
export function addLog(dir: string, vkey: string): boolean {
  const text = policyText(dir)
  if (parsePolicy(text, { quorum: false }).logs.includes(vkey)) return false
  const border = text === '' || text.endsWith('\n') ? '' : '\n'
  const next = `${text}${border}log ${vkey}\n`
  parsePolicy(next, { quorum: false })
  replaceDurably(join(dir, FILE), next)
  return true
}

/** Reads the policy again whenever its file was changed. */
export function policyReader(dir: string): () => readonly string[] {
  let seen = ''
  let logs: readonly string[] = []
  return () => {
    const stat = statSync(join(dir, FILE), { throwIfNoEntry: false, bigint: true })
    const now = stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
    if (now !== seen) {
      logs = knownLogs(dir)
      seen = now
    }
    return logs
  }
}

function policyText(dir: string): string {
  const file = join(dir, FILE)
  try {
    if (statSync(file).size > 1024 * 1024) throw new AuditError('TOO_LARGE', `expected ${file} to be a policy`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
}
