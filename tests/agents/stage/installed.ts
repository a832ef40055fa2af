import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const folder = dirname(import.meta.dirname)
const installMs = 15 * 60_000
/** What npm says where it cannot reach its registry; anything else is a mistake of ours and fails. */
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|network/i

/** Folder of the programs that `install.sh` installs. */
export const installedBin: string = join(folder, 'node_modules', '.bin')

/**
 * Installs the pinned CLIs, and gives the reason why a suite must be skipped: the registry cannot be reached. With `CI=true`
 * nothing is skipped: then it throws.
 */
export function reasonToSkip(): string | undefined {
  const { status, stderr } = spawnSync('sh', [join(folder, 'install.sh')], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    timeout: installMs,
  })
  process.stderr.write(stderr)
  if (status === 0) return undefined
  const reason = `the agent CLIs could not be installed: ${stderr.trim().split('\n').slice(-3).join(' ')}`
  if (process.env.CI === 'true' || !unreachable.test(stderr)) throw new Error(reason)
  return reason
}

/** The folder of the first program of that name on the tester's own path. */
export function folderOnPath(program: string): string | undefined {
  return (process.env.PATH ?? '').split(delimiter).find((entry) => {
    try {
      accessSync(join(entry, program), constants.X_OK)
      return entry !== ''
    } catch {
      return false
    }
  })
}

/** Says why tests do not run; a skip without a reason looks like a pass. */
export function announceSkip(what: string, reason: string): void {
  process.stderr.write(`\nSKIPPED ${what}: ${reason}\n`)
}
