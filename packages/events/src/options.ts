import { resolve } from 'node:path'
import { EventsError } from './errors.js'

/** How {@link openEvents} finds its folder, and how careful it is. */
export interface EventsOptions {
  /** Folder of the bus; it holds `pending/`, `archive/`, `log/` and the rest. Default `LOKI_EVENTS_DIR`. */
  readonly dir?: string | undefined
  /**
   * False turns the bus off whatever else is set; true turns it on, in `<cwd>/.loki/events` where no folder is named.
   * Default: on when `dir` or `LOKI_EVENTS_DIR` names a folder.
   */
  readonly enabled?: boolean | undefined
  /** Default `process.env`, read when `openEvents` is called. */
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly now?: (() => Date) | undefined
  /**
   * `rename` (default): an event survives the death of every process once `emit` resolved, and power loss once it was
   * numbered. `fsync`: it survives power loss once `emit` resolved, which is ten to twenty times slower.
   */
  readonly durability?: 'rename' | 'fsync' | undefined
  /**
   * True: this bus numbers what is pending, about every second, though it subscribes to nothing, and removes what is
   * beyond {@link Retention}. For a process that stays; it is not kept alive. Default false.
   */
  readonly number?: boolean | undefined
  /**
   * True: every event is also appended to `events.jsonl` beside the folder, the readable file of older tools, under the
   * group `events-jsonl`. For a process that stays; it is not kept alive. Default false.
   */
  readonly mirror?: boolean | undefined
  /** When old events leave the log. */
  readonly retention?: Retention | undefined
  /** Told what nobody could catch: a quarantined file, a dead letter, a damaged line, a folder that cannot be read. */
  readonly onProblem?: ((problem: EventsError) => void) | undefined
}

/** One set of limits; whichever is reached first counts. */
export type Limits = {
  /** Days in which something was numbered, about: a longer pause counts as one day. */
  readonly days: number
  readonly megabytes: number
  readonly segments: number
}

/** When old events leave the log. */
export interface Retention {
  /** Beyond these, events go once every group has them behind it. Default 7 days, 64 MB, 10,000 segments. */
  readonly keep?: Partial<Limits> | undefined
  /**
   * Beyond these they go even where a group still waits for them; that is reported and put on record in
   * `dead/<group>/`. Default 30 days, 512 MB, 50,000 segments.
   */
  readonly hold?: Partial<Limits> | undefined
}

/** Options past the edge: complete and checked. */
export type Settings = {
  readonly dir: string
  readonly now: () => Date
  readonly fsync: boolean
  readonly number: boolean
  readonly mirror: boolean
  readonly retention: { readonly keep: Limits; readonly hold: Limits }
  readonly report: (problem: EventsError) => void
}

/** Reads options and environment; undefined means off. */
export function settingsOf(options: EventsOptions): Settings | undefined {
  if (options.enabled === false) return undefined
  const named = options.dir ?? folderVariable(options.env ?? process.env)
  if (named === undefined && options.enabled !== true) return undefined
  if (options.dir !== undefined) checkFolder('dir', options.dir)

  const durability: unknown = options.durability ?? 'rename'
  if (durability !== 'rename' && durability !== 'fsync') {
    throw new EventsError('BAD_OPTION', `durability must be 'rename' or 'fsync', got ${JSON.stringify(durability)}`)
  }
  return {
    dir: resolve(named ?? '.loki/events'),
    now: options.now ?? ((): Date => new Date()),
    fsync: durability === 'fsync',
    number: options.number === true,
    mirror: options.mirror === true,
    retention: retentionOf(options.retention ?? {}),
    report: quietly(options.onProblem),
  }
}

const KEEP: Limits = { days: 7, megabytes: 64, segments: 10_000 }
const HOLD: Limits = { days: 30, megabytes: 512, segments: 50_000 }

function retentionOf(retention: Retention): Settings['retention'] {
  const keep = { ...KEEP, ...retention.keep }
  const hold = { ...HOLD, ...retention.hold }
  for (const name of ['days', 'megabytes', 'segments'] as const) {
    for (const [which, limits] of Object.entries({ keep, hold })) {
      const value: unknown = limits[name]
      if (typeof value !== 'number' || !(value >= 0)) {
        throw new EventsError('BAD_OPTION', `retention.${which}.${name} must be 0 or more, got ${String(value)}`)
      }
    }
    if (hold[name] < keep[name]) {
      const text = `retention.hold.${name} (${hold[name]}) must not be below retention.keep.${name} (${keep[name]})`
      throw new EventsError('BAD_OPTION', text)
    }
  }
  return { keep, hold }
}

function folderVariable(env: NodeJS.ProcessEnv): string | undefined {
  const value = env.LOKI_EVENTS_DIR?.trim()
  if (value === undefined || value === '') return undefined
  checkFolder('LOKI_EVENTS_DIR', value)
  return value
}

function checkFolder(name: string, value: string): void {
  if (value.trim() === '' || value.includes('\0')) {
    throw new EventsError('BAD_OPTION', `${name} must be the path of a folder, got ${JSON.stringify(value)}`)
  }
}

/** An observer never breaks the work, and neither does whoever observes it. */
function quietly(listener: EventsOptions['onProblem']): Settings['report'] {
  return (problem) => {
    try {
      listener?.(problem)
    } catch {
      // There is nobody left to tell.
    }
  }
}
