import type { Signal } from '../settings/endpoint.js'
import type { Carrier, Delivery } from './carrier.js'

/** How large a file gets before it is closed, and how many closed ones are kept of each signal. */
export interface FileLimits {
  readonly maxBytes: number
  readonly keep: number
}

/**
 * Appends requests to `traces.jsonl` and `metrics.jsonl` in a folder, a line each, for sites without a network. Several
 * processes may share the folder: a line is one write. A full file is renamed to `traces-<time>-<pid>.jsonl`.
 */
export function fileCarrier(folder: URL, limits: FileLimits): Carrier {
  const torn = new Set<Signal>() // signals whose last line may have no end
  return {
    send: async (signal, body): Promise<Delivery> => {
      try {
        const { constants, promises } = await import('node:fs')
        await promises.mkdir(folder, { recursive: true, mode: 0o700 })
        const file = new URL(`${signal}.jsonl`, folder)
        const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW
        const handle = await promises.open(file, flags, 0o600)
        try {
          const line = Buffer.from(`${torn.has(signal) ? '\n' : ''}${body}\n`)
          torn.add(signal)
          const { bytesWritten } = await handle.write(line)
          if (bytesWritten < line.byteLength) return { kind: 'retry', problem: 'the disk took only a part of a line' }
          torn.delete(signal)
          if ((await handle.stat()).size >= limits.maxBytes) await closeFile(folder, signal, limits)
        } finally {
          await handle.close()
        }
        return { kind: 'delivered', rejected: 0 }
      } catch (error) {
        const { code = 'an error without a code' } = error as NodeJS.ErrnoException
        return { kind: 'retry', problem: `${folder.href} cannot be written (${code})` }
      }
    },
  }
}

async function closeFile(folder: URL, signal: Signal, { keep }: FileLimits): Promise<void> {
  const { readdir, rename, rm } = await import('node:fs/promises')
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-')
  await rename(new URL(`${signal}.jsonl`, folder), new URL(`${signal}-${stamp}-${process.pid}.jsonl`, folder))
  const closed = (await readdir(folder))
    .filter((name) => name.startsWith(`${signal}-`) && name.endsWith('.jsonl'))
    .sort()
  for (const name of closed.slice(0, Math.max(0, closed.length - keep)))
    await rm(new URL(name, folder), { force: true })
}
