import type { NamedAnchor, RemoteOptions } from './anchor.js'
import { anchorsFromVariables } from './variables.js'
import { variablesOf } from '../forward/variables.js'

export interface BackgroundOptions extends RemoteOptions {
  /** That of the log; default `LOKI_AUDIT_DURABILITY`. */
  readonly durability?: string | undefined
}

const INTERVAL = { least: 0, most: 86_400 }

/**
 * The anchors that the environment names, for a log that anchors by itself as it is written: each gets a checkpoint every
 * `LOKI_AUDIT_ANCHOR_INTERVAL` seconds at most (60), for an authority that stamps for many does not want one a second. Where
 * the durability is `anchored`, each gets every one: records wait for it.
 */
export function backgroundAnchors(env: NodeJS.ProcessEnv, options: BackgroundOptions): readonly NamedAnchor[] {
  const { integer, text } = variablesOf(env)
  const seconds = integer('LOKI_AUDIT_ANCHOR_INTERVAL', INTERVAL) ?? 60
  const anchors = anchorsFromVariables(env, options)
  const durability = options.durability ?? text('LOKI_AUDIT_DURABILITY')?.toLowerCase()
  if (seconds === 0 || durability === 'anchored') return anchors
  return anchors.map((anchor) => pacedAnchor(anchor, seconds * 1000))
}

/** Passes over checkpoints that come too soon behind one that was tried; the next one covers them. */
function pacedAnchor(anchor: NamedAnchor, everyMs: number): NamedAnchor {
  let last = Number.NEGATIVE_INFINITY
  return {
    ...anchor,
    keep: async (checkpoint) => {
      const now = performance.now()
      if (now - last < everyMs) return
      last = now // before the attempt: one that is down is not asked every second either
      await anchor.keep(checkpoint)
    },
  }
}
