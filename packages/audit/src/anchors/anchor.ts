/** The kinds of anchors there are. */
export type AnchorKind = 'witness' | 'timestamp' | 'git' | 'file'

/** A place outside of a writer's reach that keeps copies of checkpoints. */
export interface NamedAnchor {
  readonly kind: AnchorKind
  readonly name: string
  /** Where it is, without anything secret. */
  readonly destination: string
  /** Resolves once a copy is kept and its receipt is on disk; rejects with an AuditError otherwise. */
  keep(checkpoint: string): Promise<void>
}

/** What every anchor is told. */
export interface AnchorOptions {
  /** Folder of the log; receipts go to `anchors` in it. */
  readonly dir: string
  readonly now?: (() => Date) | undefined
}

/** What anchors that go over the network are told besides. */
export interface RemoteOptions extends AnchorOptions {
  readonly fetch?: typeof fetch | undefined
  /** How long one exchange may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
}

/** Lets one job run after the other; what one rejects with is its own caller's. */
export function inTurn(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (job) => {
    const next = last.then(job, job)
    last = next.catch(() => undefined)
    return next
  }
}
