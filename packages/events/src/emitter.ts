import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { checkNewEvent, type NewEvent } from './event.js'
import { EventsError, hasCode, messageOf } from './errors.js'
import { eventFileName, eventId } from './file-name.js'
import { type Folders, makeFolders, remove, syncFolder, writeNew } from './folders.js'
import type { Settings } from './options.js'

/** Writes events into `pending/`, numbered by this emitter. */
export class Emitter {
  readonly #folders: Folders
  readonly #settings: Settings
  // Chosen at the first event: opening a bus costs nothing.
  #instance: string | undefined
  #counter = 0

  constructor(folders: Folders, settings: Settings) {
    this.#folders = folders
    this.#settings = settings
  }

  /**
   * Puts one event into `pending/` and gives its id. Synchronous inside: promises made this three times as expensive.
   * The name appears only when the content is whole.
   */
  emit(event: NewEvent): string {
    const payload = checkNewEvent(event)
    this.#instance ??= randomBytes(8).toString('hex')
    const id = eventId(this.#instance, this.#counter + 1)
    const timestamp = this.#settings.now().toISOString()
    const { type, source } = event
    const text = `{"id":"${id}","type":"${type}","source":"${source}","timestamp":"${timestamp}","payload":${payload},"version":"1.0"}\n`
    const path = join(this.#folders.pending, eventFileName(timestamp, id))
    try {
      this.#write(path, { id, text })
    } catch (cause) {
      throw new EventsError('WRITE_FAILED', `the event was not written to ${path}: ${messageOf(cause)}`, { cause })
    }
    this.#counter += 1
    return id
  }

  #write(path: string, file: { readonly id: string; readonly text: string }): void {
    const tmp = join(this.#folders.tmp, `event-${file.id}`)
    try {
      this.#writeTmp(tmp, file.text)
      renameSync(tmp, path)
    } catch (error) {
      remove(tmp)
      throw error
    }
    if (this.#settings.fsync) syncFolder(this.#folders.pending)
  }

  #writeTmp(tmp: string, text: string): void {
    try {
      writeNew(tmp, text, this.#settings.fsync)
    } catch (error) {
      // The first event of a project, or somebody has cleared the folder away.
      if (!hasCode(error, 'ENOENT')) throw error
      makeFolders(this.#folders)
      writeNew(tmp, text, this.#settings.fsync)
    }
  }
}
