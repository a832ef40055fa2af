import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Child processes run what is built; this builds it when the source is newer. */
export function buildOnce(): void {
  const built = statSync(join(root, 'dist/index.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const newest = Math.max(...readdirSync(join(root, 'src')).map((name) => statSync(join(root, 'src', name)).mtimeMs))
  if (built > newest) return
  const tsup = join(root, '../../node_modules/tsup/dist/cli-default.js')
  execFileSync(process.execPath, [tsup], { cwd: root, stdio: 'pipe' })
}
