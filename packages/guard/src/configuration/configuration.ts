import { dirname } from 'node:path'
import { readConfigurationFile } from './file.js'
import type { ConfiguredValue } from './file.js'
import { configurationFiles } from './places.js'
import type { Env } from './places.js'

/** What the configuration files of a project and of a user say. */
export type Configuration = {
  /** Where a setting may be, the project's file first; a file need not exist. */
  readonly files: readonly string[]
  /** The value of each variable that a file sets, by its name. The project's file goes before the user's. */
  readonly values: ReadonlyMap<string, ConfiguredValue>
  /** The environment with these values where it says nothing itself. */
  readonly env: Env
}

/**
 * Reads the configuration of a project: environment before the project's file before the user's file. Throws
 * `BAD_CONFIGURATION` with file and line where one of them is not understood.
 */
export function readConfiguration(projectDir: string, env: Env): Configuration {
  const files = configurationFiles(projectDir, env)
  const values = new Map<string, ConfiguredValue>()
  for (const file of files) {
    const base = file === files[0] ? projectDir : dirname(file)
    for (const [name, value] of readConfigurationFile(file, base) ?? []) if (!values.has(name)) values.set(name, value)
  }
  const configured = [...values].filter(([name]) => (env[name]?.trim() ?? '') === '')
  return { files, values, env: { ...env, ...Object.fromEntries(configured.map(([name, { value }]) => [name, value])) } }
}
