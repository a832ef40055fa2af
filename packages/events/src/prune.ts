import { existsSync } from 'node:fs'
import { EventsError, messageOf } from './errors.js'
import { foldersOf } from './folders.js'
import { EventLog } from './log.js'
import { type EventsOptions, settingsOf } from './options.js'
import type { PruneReport } from './retention.js'
import { Sequencer } from './sequencer.js'

/**
 * Numbers what is pending and removes what is beyond the limits of {@link EventsOptions.retention}, once. Processes that
 * subscribe or number do the same every ten minutes. Undefined where the bus is off or was never used.
 *
 * @throws EventsError when the folder cannot be read or written.
 */
export function pruneEvents(options: EventsOptions = {}): PruneReport | undefined {
  const settings = settingsOf(options)
  if (settings === undefined || !existsSync(settings.dir)) return undefined
  const folders = foldersOf(settings.dir)
  try {
    return new Sequencer(folders, { settings, log: new EventLog(folders) }).prune()
  } catch (cause) {
    if (cause instanceof EventsError) throw cause
    throw new EventsError('WRITE_FAILED', `${settings.dir} cannot be pruned: ${messageOf(cause)}`, { cause })
  }
}
