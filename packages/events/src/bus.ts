import { dirname, join } from 'node:path'
import { Doorbell } from './doorbell.js'
import { Emitter } from './emitter.js'
import { EventsError, messageOf } from './errors.js'
import type { NewEvent } from './event.js'
import { foldersOf } from './folders.js'
import { EventLog } from './log.js'
import { MIRROR_GROUP, mirrorTo } from './mirror.js'
import { Numbering } from './numbering.js'
import { offBus } from './off.js'
import { type EventsOptions, type Settings, settingsOf } from './options.js'
import { startCursor } from './position.js'
import { Sequencer } from './sequencer.js'
import { checkSubscribe, type Handler, type SubscribeOptions, type Subscription } from './subscribe-options.js'
import { type Engine, GroupWorker } from './subscription.js'

/** Tells what happens to every process that wants to know. */
export interface EventBus {
  readonly enabled: boolean
  /** Absolute folder of the bus; undefined when it is off. */
  readonly dir: string | undefined
  /**
   * Writes one event and gives its id; undefined when the bus is off.
   *
   * @throws EventsError (as a rejection) when the event is refused or was not written.
   */
  emit(event: NewEvent): Promise<string | undefined>
  /**
   * Gives every event that the group wants to the handler: in order for each emitter, at least once, one at a time.
   *
   * @throws EventsError when an option is refused or this bus serves the group already.
   */
  subscribe(options: SubscribeOptions, handler: Handler): Subscription
  /** Closes every subscription and waits for the running handlers. */
  close(): Promise<void>
}

/**
 * Opens the event bus that lives in a folder. Touches no file before the first `emit` or `subscribe`, and makes
 * none with `number` alone. With `mirror` it begins at once.
 *
 * @example
 * const events = openEvents({ dir: '.loki/events' })
 * await events.emit({ type: 'task', source: 'cli', payload: { action: 'started' } })
 */
export function openEvents(options: EventsOptions = {}): EventBus {
  const settings = settingsOf(options)
  return settings === undefined ? offBus : fileBus(settings)
}

function fileBus(settings: Settings): EventBus {
  const folders = foldersOf(settings.dir)
  const log = new EventLog(folders)
  const emitter = new Emitter(folders, settings)
  const sequencer = new Sequencer(folders, { settings, log })
  const doorbell = new Doorbell([folders.pending, folders.log])
  const engine: Engine = { folders, settings, log, sequencer, doorbell }
  const numbering = settings.number ? new Numbering(folders, { sequencer, report: settings.report }) : undefined
  const workers = new Map<string, GroupWorker>()
  if (settings.mirror) {
    const wanted = checkSubscribe({ group: MIRROR_GROUP, unref: true }, () => undefined)
    const path = join(dirname(settings.dir), 'events.jsonl')
    workers.set(MIRROR_GROUP, new GroupWorker(engine, { wanted, handler: mirrorTo(path) }))
  }
  let closed = false

  const requireOpen = (): void => {
    if (closed) throw new EventsError('CLOSED', 'this event bus was closed; open another one')
  }

  return Object.freeze({
    enabled: true,
    dir: settings.dir,

    // A refusal becomes a rejection, never a throw.
    emit: (event: NewEvent): Promise<string> =>
      new Promise((resolve) => {
        requireOpen()
        resolve(emitter.emit(event))
        doorbell.ring()
      }),

    subscribe(options: SubscribeOptions, handler: Handler): Subscription {
      requireOpen()
      const wanted = checkSubscribe(options, handler)
      const { group } = wanted
      if (workers.has(group)) {
        throw new EventsError(
          'GROUP_IN_USE',
          `this bus serves group ${group} already; close that subscription or name another group`,
        )
      }
      if (wanted.from === 'now') beginNow(engine, group)
      const worker = new GroupWorker(engine, { wanted, handler })
      workers.set(group, worker)
      return Object.freeze({
        group,
        async close(): Promise<void> {
          await worker.close()
          if (workers.get(group) === worker) workers.delete(group)
        },
      })
    },

    async close(): Promise<void> {
      closed = true
      await Promise.all([...workers.values()].map(async (worker) => worker.close()))
      workers.clear()
      await numbering?.close()
    },
  })
}

/** Whatever is emitted after subscribe() returned belongs to the group, so "now" is fixed before it returns. */
function beginNow(engine: Engine, group: string): void {
  try {
    engine.sequencer.passNow()
    startCursor(engine.folders, group, { stream: engine.log.stream, next: engine.log.next })
  } catch (cause) {
    if (cause instanceof EventsError) throw cause
    throw new EventsError('READ_FAILED', `${engine.folders.root} cannot be used: ${messageOf(cause)}`, { cause })
  }
}
