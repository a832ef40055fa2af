import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGE = join(import.meta.dirname, '..', '..')

/** Bundles the sources into a folder, for plain node in child processes; gives the path of the entry. */
export function bundleInto(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const tsup = join(PACKAGE, '..', '..', 'node_modules', '.bin', 'tsup')
  execFileSync(tsup, ['--silent', '--no-sourcemap', '--out-dir', folder], { cwd: PACKAGE, stdio: 'pipe' })
  return join(folder, 'index.js')
}

/** Path of a program in this folder. */
export function program(name: string): string {
  return join(import.meta.dirname, name)
}
