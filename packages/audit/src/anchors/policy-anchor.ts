import { AuditError } from '../error.js'
import type { NamedAnchor, RemoteOptions } from './anchor.js'
import type { Policy } from './policy.js'
import { witnessAnchor } from './witness-anchor.js'

export interface PolicyAnchorOptions extends RemoteOptions {
  readonly policy: Policy
  /** Name of the policy, for messages: its file. */
  readonly name: string
}

/** Has checkpoints cosigned by the witnesses of a policy, and is content once its quorum did. */
export function policyAnchor({ policy, name, ...options }: PolicyAnchorOptions): NamedAnchor {
  const asked = policy.witnesses.flatMap(({ name, key, url }) =>
    url === undefined ? [] : [{ name, anchor: witnessAnchor({ ...options, key, url }) }],
  )
  if (!policy.isQuorum(new Set(asked.map((one) => one.name)))) {
    throw new AuditError('INVALID_SETTING', `expected ${name} to have the addresses of enough witnesses for its quorum`)
  }
  return {
    kind: 'witness',
    name,
    destination: asked.map(({ anchor }) => anchor.destination).join(' '),
    keep: async (checkpoint) => {
      const results = await Promise.allSettled(asked.map(({ anchor }) => anchor.keep(checkpoint)))
      const signed = asked.flatMap((one, index) => (results[index]?.status === 'fulfilled' ? [one.name] : []))
      const failures = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
      // One that has seen another history outweighs any number that have not.
      const conflict = failures.find((one) => one instanceof AuditError && one.code === 'ANCHOR_CONFLICT')
      if (conflict !== undefined) throw conflict as AuditError // found to be one
      if (policy.isQuorum(new Set(signed))) return
      const reasons = failures.map((one) => (one instanceof Error ? one.message : String(one)))
      throw new AuditError('ANCHOR_FAILED', `expected the quorum of ${name}: ${reasons.join('; ')}`)
    },
  }
}
