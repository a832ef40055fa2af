import { AuditError } from '../error.js'
import { settingsOf } from '../settings.js'
import { Lane } from './lane.js'
import { openSink } from './sinks/open.js'
import { forwardTargets } from './targets.js'
import type { Forwarding, ForwardingOptions } from './types.js'

/**
 * Opens the way from a log to its receivers, or the one that does nothing where none is named or auditing is off.
 * Touches no file and no network before `start`, `drain` or `status`; throws an AuditError for a malformed variable.
 */
export function openForwarding(options: ForwardingOptions = {}): Forwarding {
  const env = options.env ?? process.env
  const targets = options.targets ?? forwardTargets(env)
  const settings = settingsOf({ dir: options.dir, env, enabled: true, now: options.now })
  if (settings === undefined || targets.length === 0) return OFF
  const { dir, now } = settings
  const { firstMs, mostMs } = options.backoff ?? { firstMs: 500, mostMs: 60_000 }
  const pollMs = period(options.pollMs ?? 500, 'pollMs')
  const timeoutMs = period(options.timeoutMs ?? 30_000, 'timeoutMs')
  const random = options.random ?? Math.random
  const lanes = targets.map(
    (target) =>
      new Lane(target, {
        dir,
        now,
        pollMs,
        timeoutMs,
        backoff: { firstMs: period(firstMs, 'firstMs'), mostMs: period(mostMs, 'mostMs'), random },
        open: () => openSink(target, { fetch: options.fetch ?? fetch, now, settleMs: 0 }),
      }),
  )
  return {
    enabled: true,
    dir,
    start: () => {
      for (const lane of lanes) lane.start()
    },
    drain: () => Promise.all(lanes.map((lane) => lane.drain())),
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection, like that of drain
    status: async () => lanes.map((lane) => lane.status()),
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()))
    },
  }
}

function period(ms: number, name: string): number {
  if (ms >= 1 && ms <= 3_600_000) return ms
  throw new AuditError('INVALID_SETTING', `expected ${name} to be between 1 and 3600000, got ${ms}`)
}

const OFF: Forwarding = Object.freeze({
  enabled: false,
  dir: undefined,
  start: () => undefined,
  drain: () => Promise.resolve([]),
  status: () => Promise.resolve([]),
  close: () => Promise.resolve(),
})
