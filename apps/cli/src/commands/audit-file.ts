import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CliError } from '../exit.js'

/** Writes a file, for its owner alone, that has its name only once it is whole; leaves nothing where that fails. */
export async function writeWhole(file: string, chunks: AsyncIterable<string>, signal?: AbortSignal): Promise<void> {
  const part = `${file}.${process.pid}.part`
  try {
    await pipeline(Readable.from(chunks), createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }), {
      signal,
    })
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new CliError('WRITE_FAILED', `${file} cannot be written: ${error.message}`, { cause: error })
  }
}
