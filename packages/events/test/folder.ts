import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type EventBus, type EventsOptions, openEvents } from '../src/index.js'

/** A folder for one test, removed after it. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'loki-events-'))
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  })
  return dir
}

/** A bus that is closed when the test ends. */
export function open(options: EventsOptions): EventBus {
  const bus = openEvents({ env: {}, ...options })
  onTestFinished(async () => bus.close())
  return bus
}

/** The event files in one folder of a bus. */
export function filesIn(dir: string, name: string): string[] {
  return readdirSync(join(dir, name)).sort()
}

export function readJson(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(...path), 'utf8'))
}

/** Waits until something holds, or fails with what is seen then. */
export async function until(
  holds: () => boolean,
  options: { readonly ms?: number; readonly saw?: () => string } = {},
): Promise<void> {
  const end = performance.now() + (options.ms ?? 10_000)
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain; saw ${options.saw?.() ?? 'nothing'}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
