import { sweepSession } from '../processes/sweep.js'
import type { Session } from '../sessions/session.js'
import { createBranch } from './branch.js'
import { deliver, type Delivery, type DeliveryOptions } from './delivery.js'

/** From here on the session stands on a branch of its own. Throws `BRANCH_FAILED`. */
export async function takeBranch(
  session: Session,
  { env, now = () => new Date() }: { readonly env: NodeJS.ProcessEnv; readonly now?: () => Date },
): Promise<void> {
  const { projectDir, stopSignal: signal } = session
  const branch = await createBranch({ projectDir, env, signal, now: now() })
  session.update({ branch })
  const { name, base, from } = branch
  session.chronicle.show({ kind: 'branch', session: session.id, change: 'created', branch: name })
  await session.chronicle.record('branch.created', { branch: name, from, ...(base === undefined ? {} : { base }) })
}

/** Delivers the work of a session that is done; undefined where it has no branch of its own. */
export async function endBranch(
  session: Session,
  options: Pick<DeliveryOptions, 'settings' | 'env' | 'allow'>,
): Promise<Delivery | undefined> {
  const { branch } = session.state
  if (branch === undefined) return undefined
  // The agent is done: what it has left running must not change what is committed.
  await sweepSession(session.id)
  return await deliver({ ...options, session, branch })
}
