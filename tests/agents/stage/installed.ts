import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const folder = dirname(import.meta.dirname)
const installMs = 15 * 60_000
/** What npm says where it cannot reach its registry; anything else is a mistake of ours and fails. */
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|network/i

/** Folders of the programs that `install.sh` installs. opencode's has no launcher that works without install scripts. */
export const installedBins: readonly string[] = [
  join(folder, 'node_modules', `opencode-${process.platform}-${process.arch}`, 'bin'),
  join(folder, 'node_modules', '.bin'),
]

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

/** The reason to skip a CLI whose package is not there for every system. */
export function reasonToSkipProgram(program: string): string | undefined {
  return reasonToSkip() ?? (folderOf(program) === undefined ? `${program} is neither installed nor in PATH` : undefined)
}

/** The folder of the first program of that name among the installed ones and on the tester's own path. */
export function folderOf(program: string): string | undefined {
  return [...installedBins, ...(process.env.PATH ?? '').split(delimiter)].find((entry) => {
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
