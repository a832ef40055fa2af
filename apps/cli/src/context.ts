import { existsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { usageError } from './exit.js'

/**
 * The root of the project that a command is about: `--project`, else the nearest folder upwards that holds `.loki` or
 * `.git`, else the working folder.
 */
export function findProject(named: string | undefined, cwd: string = process.cwd()): string {
  if (named !== undefined) {
    const folder = resolve(cwd, named)
    if (!isFolder(folder)) throw usageError(`--project ${named} is no folder.`, 'Name an existing folder.')
    return folder
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.loki')) || existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return cwd
  }
}

/** An existing file named on the command line, absolute. */
export function existingFile(path: string, cwd: string = process.cwd()): string {
  const file = resolve(cwd, path)
  if (!existsSync(file))
    throw usageError(`${path} does not exist.`, 'Check the path; it is relative to the working folder.')
  if (isFolder(file)) throw usageError(`${path} is a folder; a file was expected.`)
  return file
}

/** Who uses the command line, as the audit log names people: `cli:alice`. */
export function cliPrincipal(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:uid-${String(process.getuid?.() ?? 'unknown')}` // a user id without an entry in the password file
  }
}

/** The folder of a project's log: `LOKI_AUDIT_DIR`, else `.loki/audit` below the project. */
export function auditFolder(projectDir: string, env: NodeJS.ProcessEnv = process.env): string {
  const own = env.LOKI_AUDIT_DIR
  return own === undefined || own.trim() === '' ? join(projectDir, '.loki', 'audit') : own
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
