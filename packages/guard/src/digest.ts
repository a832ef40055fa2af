import { createHash } from 'node:crypto'
import type { Action } from './action.js'

/**
 * Names an action by content: `sha256:` and 64 hex digits over everything that decides what it would do, so that two
 * actions with one digest do the same. Who asks (session, agent) is not part of it.
 *
 * The digest is SHA-256 of the UTF-8 JSON array
 * `[1, kind, host, tool, cwd, projectDir, command, paths, url, server name, server source, content, provider, model]`,
 * in which an absent field is `null`.
 */
export function actionDigest(action: Action): string {
  const identity = [
    1,
    action.kind,
    action.host,
    action.tool,
    action.cwd,
    action.projectDir,
    action.command ?? null,
    action.paths ?? null,
    action.url ?? null,
    action.server?.name ?? null,
    action.server?.source ?? null,
    action.content ?? null,
    action.provider ?? null,
    action.model ?? null,
  ]
  return `sha256:${createHash('sha256').update(JSON.stringify(identity)).digest('hex')}`
}
