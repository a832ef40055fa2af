import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file that `node` runs as `loki`. */
export function programFile(): string {
  return fileURLToPath(new URL('./main.js', import.meta.url)) // every chunk lies beside it
}

/** Names this build, so that a guard process that an older one started is not asked: `path@mtime`. */
export function buildName(): string {
  const file = programFile()
  return `${file}@${statSync(file).mtimeMs}`
}

/** The program and arguments that hosts call for a hook, without the host's name. */
export function hookCommand(): readonly string[] {
  return [process.execPath, programFile(), 'hook']
}

/** How a person runs this program again: `loki` where it is called that, else by its file. */
export function ownCommand(): string {
  return basename(process.argv[1] ?? '') === 'loki' ? 'loki' : `node ${programFile()}`
}
