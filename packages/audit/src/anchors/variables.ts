import { readFileSync } from 'node:fs'
import { AuditError } from '../error.js'
import { variablesOf } from '../forward/variables.js'
import type { NamedAnchor, RemoteOptions } from './anchor.js'
import { notedAnchor } from './failure.js'
import { fileAnchor } from './file-anchor.js'
import { gitAnchor } from './git-anchor.js'
import { parsePolicy } from './policy.js'
import { policyAnchor } from './policy-anchor.js'
import { timestampAnchor } from './timestamp-anchor.js'
import { witnessAnchor } from './witness-anchor.js'

/**
 * The anchors that the environment names for the log in `dir`; none is off. Opens no connection; throws an AuditError that
 * names the variable that is malformed or missing.
 */
export function anchorsFromVariables(env: NodeJS.ProcessEnv, options: RemoteOptions): readonly NamedAnchor[] {
  const { text, required } = variablesOf(env)
  const path = /^[^\0]+$/
  const anchors: NamedAnchor[] = []
  const named = (variable: string, make: () => NamedAnchor): void => {
    try {
      anchors.push(notedAnchor(make(), { dir: options.dir, now: options.now ?? ((): Date => new Date()) }))
    } catch (error) {
      if (!(error instanceof AuditError)) throw error
      throw new AuditError('INVALID_SETTING', `${variable}: ${error.message}`, { cause: error })
    }
  }
  const url = text('LOKI_AUDIT_ANCHOR_WITNESS_URL')
  if (url !== undefined) {
    const key = required('LOKI_AUDIT_ANCHOR_WITNESS_KEY', 'LOKI_AUDIT_ANCHOR_WITNESS_URL')
    named('LOKI_AUDIT_ANCHOR_WITNESS_URL', () => witnessAnchor({ ...options, url, key }))
  }
  const policy = text('LOKI_AUDIT_ANCHOR_POLICY', path)
  if (policy !== undefined) {
    named('LOKI_AUDIT_ANCHOR_POLICY', () =>
      policyAnchor({ ...options, name: policy, policy: parsePolicy(textOf(policy)) }),
    )
  }
  const authority = text('LOKI_AUDIT_ANCHOR_TSA_URL')
  if (authority !== undefined) {
    named('LOKI_AUDIT_ANCHOR_TSA_URL', () => timestampAnchor({ ...options, url: authority }))
  }
  const repository = text('LOKI_AUDIT_ANCHOR_GIT', path)
  if (repository !== undefined) {
    const ref = text('LOKI_AUDIT_ANCHOR_GIT_REF')
    const remote = text('LOKI_AUDIT_ANCHOR_GIT_REMOTE')
    const { dir, now } = options
    named('LOKI_AUDIT_ANCHOR_GIT', () => gitAnchor({ dir, now, repository, ref, remote }))
  }
  const file = text('LOKI_AUDIT_ANCHOR_FILE', path)
  if (file !== undefined) named('LOKI_AUDIT_ANCHOR_FILE', () => fileAnchor({ ...options, path: file }))
  return anchors
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError('INVALID_SETTING', `expected to read the policy ${file}: ${message}`, { cause: error })
  }
}
