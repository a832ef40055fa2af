import { existsSync } from 'node:fs'
import { configurationFiles } from '@loki/guard'

/**
 * Puts what the configuration files of a project and of its user say into the environment, where that says nothing itself:
 * the programs that a command starts see it too. Throws `BAD_CONFIGURATION` where a file is not understood.
 */
export async function applyConfiguration(projectDir: string): Promise<void> {
  if (!configurationFiles(projectDir, process.env).some((file) => existsSync(file))) return
  const { readConfiguration } = await import('./configured.js') // with its YAML parser, which few runs need
  Object.assign(process.env, readConfiguration(projectDir, process.env).env)
}
