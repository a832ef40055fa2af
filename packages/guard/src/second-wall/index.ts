import { GuardError } from '../errors.js'
import { claudeWall } from './claude.js'
import { codexWall } from './codex.js'
import { geminiWall } from './gemini.js'
import type { SecondWall, WallOptions } from './wall.js'

/** Hosts whose own settings can hold a policy. */
export const WALL_HOSTS: readonly ['claude', 'codex', 'gemini'] = ['claude', 'codex', 'gemini']

const WALLS = { claude: claudeWall, codex: codexWall, gemini: geminiWall }

/**
 * Writes a policy in the words of a host's own settings, as far as those reach: what they cannot say is listed, and the guard
 * alone decides on it. Throws `UNKNOWN_HOST`.
 */
export function secondWall(host: string, options: WallOptions): SecondWall {
  const known = WALL_HOSTS.find((name) => name === host)
  if (known !== undefined) return WALLS[known](options)
  throw new GuardError(
    'UNKNOWN_HOST',
    `Policies are compiled for ${WALL_HOSTS.join(', ')}, not for ${JSON.stringify(host)}.`,
  )
}
