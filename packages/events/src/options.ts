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
  /** Told what nobody could catch: a quarantined file, a dead letter, a damaged line, a folder that cannot be read. */
  readonly onProblem?: ((problem: EventsError) => void) | undefined
}

/** Options past the edge: complete and checked. */
export type Settings = {
  readonly dir: string
  readonly now: () => Date
  readonly fsync: boolean
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
    report: quietly(options.onProblem),
  }
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
