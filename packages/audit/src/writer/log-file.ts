import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  statSync,
  write,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { headAt, readHead } from '../chain/tail.js'
import type { Head } from '../chain/tail.js'
import { AuditError, asAuditError, systemCode } from '../error.js'
import { draftOf } from '../format/draft.js'
import type { Draft } from '../format/draft.js'
import type { JsonObject } from '../types.js'
import { syncFolder } from './sync-folder.js'
import { setAside } from './torn.js'

const writeAsync = promisify(write)
const syncAsync = promisify(fdatasync)
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | noFollow()

/** Windows has no such flag, though its type says so. */
function noFollow(): number {
  return process.platform === 'win32' ? 0 : constants.O_NOFOLLOW
}

/** The open log of the one process that holds its lock. */
export class LogFile {
  readonly #path: string
  readonly #timestamp: () => string
  #fd: number
  #head: Head
  #turn: Promise<unknown> = Promise.resolve()
  #failed = false
  #isSuspect = false
  #isSynced = true
  #refusal: AuditError | undefined
  #notice: Draft | undefined

  /** Opens the log, sets a torn tail aside and makes what is there durable. */
  constructor(path: string, timestamp: () => string) {
    this.#path = path
    this.#timestamp = timestamp
    this.#fd = this.#open()
    try {
      const { size } = fstatSync(this.#fd)
      this.#head = readHead(this.#fd, size, path)
      this.#trim(size, false)
      // What a writer left behind when it died may never have reached the disk.
      fdatasyncSync(this.#fd)
      syncFolder(dirname(path))
    } catch (error) {
      closeSync(this.#fd)
      throw asAuditError(error, 'WRITE_FAILED', `expected to recover ${path}`)
    }
  }

  get head(): Head {
    return this.#head
  }

  /** Whether a write or a sync of this segment failed: nobody knows what the disk made of it. */
  get isSuspect(): boolean {
    return this.#isSuspect
  }

  /** The record of a recovery that is not in the log yet; it goes before all others. */
  get notice(): Draft | undefined {
    return this.#notice
  }

  /** After a failure: opens the file anew, proves that the synced part still ends as it did, cuts the rest off. */
  mend(): void {
    if (this.#refusal !== undefined) throw this.#refusal
    if (!this.#failed) return
    try {
      const fd = this.#open()
      closeSync(this.#fd)
      this.#fd = fd
      const { size } = fstatSync(fd)
      if (size < this.#head.offset) throw this.#changed(`it is ${size} bytes long`)
      const found = headAt(fd, this.#head.offset, this.#path)
      if (found.hash !== this.#head.hash || found.next !== this.#head.next)
        throw this.#changed('it ends in another entry')
      this.#trim(size, true)
    } catch (error) {
      throw asAuditError(error, 'WRITE_FAILED', `expected to reopen ${this.#path} after a failed write`)
    }
    this.#failed = false
    this.#isSynced = true // as far as it ever will be: nothing is synced twice
  }

  /**
   * Runs what reads or changes the file while nothing else does: a sync between a write and what is known of it would take the
   * write for somebody else's, and one that is under way must not lose its file to the next segment.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** Appends whole lines, and syncs them where asked; on any failure nothing more is written before `mend`. */
  async append(
    text: string,
    { next, hash, isSynced }: { readonly next: number; readonly hash: string; readonly isSynced: boolean },
  ): Promise<void> {
    const bytes = Buffer.from(text)
    this.checkUnchanged()
    try {
      for (let done = 0; done < bytes.length;) {
        done += (await writeAsync(this.#fd, bytes, done, bytes.length - done, null)).bytesWritten
      }
      if (isSynced) await syncAsync(this.#fd)
    } catch (error) {
      // A second fdatasync would report success for pages that the kernel has given up (and marked clean).
      this.#failed = this.#isSuspect = true
      throw asAuditError(error, 'WRITE_FAILED', `expected to write and sync ${bytes.length} bytes to ${this.#path}`)
    }
    this.#isSynced = isSynced
    this.#head = { next, hash, offset: this.#head.offset + bytes.length }
    this.#notice = undefined
  }

  /** Makes durable what was only written. */
  async sync(): Promise<void> {
    if (this.#isSynced || this.#failed) return
    this.checkUnchanged()
    const { offset } = this.#head
    try {
      await syncAsync(this.#fd)
    } catch (error) {
      this.#failed = this.#isSuspect = true
      throw asAuditError(error, 'WRITE_FAILED', `expected to sync ${this.#path}`)
    }
    if (this.#head.offset === offset) this.#isSynced = true
  }

  /** Goes on in the segment that took the log's name. */
  adopt({ fd, head }: { readonly fd: number; readonly head: Head }): void {
    closeSync(this.#fd)
    this.#fd = fd
    this.#head = head
    this.#isSynced = true
    this.#isSuspect = false
  }

  close(): void {
    closeSync(this.#fd)
  }

  #open(): number {
    try {
      const fd = openSync(this.#path, FLAGS, 0o600)
      const stat = fstatSync(fd)
      if (!stat.isFile()) {
        closeSync(fd)
        throw new AuditError('UNSAFE_PATH', `expected ${this.#path} to be a regular file`)
      }
      if ((stat.mode & 0o077) !== 0 && process.platform !== 'win32') fchmodSync(fd, 0o600)
      return fd
    } catch (error) {
      if (systemCode(error) === 'ELOOP') {
        throw new AuditError('UNSAFE_PATH', `expected ${this.#path} to be a regular file, got a symbolic link`, {
          cause: error,
        })
      }
      throw asAuditError(error, 'WRITE_FAILED', `expected to open ${this.#path} for appending`)
    }
  }

  /** Cuts what follows the last good line and drafts the record that says so. */
  #trim(size: number, disposable: boolean): void {
    const { offset } = this.#head
    if (size <= offset) return
    const metadata = setAside(this.#fd, this.#path, { offset, size, disposable })
    syncFolder(dirname(this.#path))
    this.#notice = recovered(metadata, { file: basename(this.#path), disposable, timestamp: this.#timestamp() })
  }

  /** The lock keeps other writers of this package out, not editors, `rm` or `truncate`. */
  checkUnchanged(): void {
    const ours = fstatSync(this.#fd)
    const theirs = statSync(this.#path, { throwIfNoEntry: false })
    if (theirs === undefined) throw this.#changed('it was removed')
    if (theirs.ino !== ours.ino || theirs.dev !== ours.dev) throw this.#changed('it was replaced by another file')
    if (ours.size !== this.#head.offset) throw this.#changed(`it is ${ours.size} bytes long`)
  }

  /** Once somebody else has had a hand in the log, this writer adds nothing more to it. */
  #changed(how: string): AuditError {
    this.#refusal = new AuditError(
      'LOG_DAMAGED',
      `expected ${this.#path} to be as its writer left it (${this.#head.offset} bytes), but ${how}: something else changed it. Verify it and keep it as evidence`,
    )
    return this.#refusal
  }
}

function recovered(metadata: JsonObject, about: { file: string; disposable: boolean; timestamp: string }): Draft {
  const why = about.disposable
    ? 'a write failed; its records were refused and their bytes set aside'
    : 'the last line was incomplete; its bytes were set aside'
  return draftOf({ who: 'audit', what: 'log.recovered', where: about.file, why, metadata }, about.timestamp)
}
