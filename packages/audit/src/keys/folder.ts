import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where a long-term key is kept. */
export interface KeyPlace {
  /** Folder of the key; default `audit-keys` in `LOKI_HOME` or `~/.loki`. */
  readonly keyDir?: string | undefined
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined
}

/** The folder of the long-term key. */
export function keyFolder({ keyDir, env = process.env }: KeyPlace = {}): string {
  if (keyDir !== undefined && keyDir.trim() !== '') return resolve(keyDir)
  const home = env.LOKI_HOME?.trim() ?? ''
  return join(home === '' ? join(homedir(), '.loki') : resolve(home), 'audit-keys')
}
