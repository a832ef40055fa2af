import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { redact } from '@loki/policies'
import type { AuditInput } from '@loki/audit'
import type { Action, ActionResult } from './action.js'
import type { Verdict } from './verdict.js'

/** Longer commands are cut in the record; the digest still covers all of them. */
const MAX_TEXT = 4096
const MAX_PATHS = 64

/** The audit record of a decision. Commands, addresses and reasons are redacted; content is only measured and hashed. */
export function decisionRecord(action: Action, verdict: Verdict): AuditInput {
  return {
    who: principal(action),
    what: 'action.decided',
    where: target(action),
    why: redact(verdict.reason),
    metadata: {
      ...about(action),
      decision: verdict.decision,
      ...(verdict.rule === undefined ? {} : { rule: verdict.rule }),
      ...(verdict.violations.length === 0 ? {} : { rules: verdict.violations.map((violation) => violation.rule) }),
      digest: verdict.digest,
    },
  }
}

/** The audit record of what became of an action that was let through. */
export function resultRecord(
  action: Action,
  result: ActionResult,
  { digest, unmatched }: { readonly digest: string; readonly unmatched: boolean },
): AuditInput {
  return {
    who: principal(action),
    what: 'action.finished',
    where: target(action),
    why: result.error === undefined ? null : cut(redact(result.error)),
    metadata: {
      ...about(action),
      ok: result.ok,
      ...(result.durationMs === undefined ? {} : { duration_ms: result.durationMs }),
      ...(result.exitCode === undefined ? {} : { exit_code: result.exitCode }),
      ...(result.outputBytes === undefined ? {} : { output_bytes: result.outputBytes }),
      ...(unmatched ? { unmatched } : {}),
      digest,
    },
  }
}

/** Who acts, as audit records name it: `agent:claude/ses-1`. */
function principal(action: Action): string {
  return `agent:${action.host}/${action.session}`
}

/** What an action is aimed at, in one short redacted line: a path in the project, an address, a tool, a command. */
export function target(action: Action): string {
  const path = action.paths?.[0]
  if (action.command !== undefined && action.kind !== 'file_write') return cut(redact(action.command), 512)
  if (path !== undefined) return cut(inProject(action, path), 512)
  if (action.url !== undefined) return cut(redact(action.url), 512)
  if (action.server !== undefined) return `${action.server.name}/${action.tool}`
  return action.tool
}

function about(action: Action): Record<string, string | number | string[]> {
  return {
    session: action.session,
    agent: action.agent,
    host: action.host,
    tool: action.tool,
    kind: action.kind,
    cwd: action.cwd,
    ...(action.command === undefined ? {} : { command: cut(redact(action.command)) }),
    ...(action.paths === undefined
      ? {}
      : { paths: action.paths.slice(0, MAX_PATHS).map((path) => cut(redact(path), 1024)) }),
    ...(action.url === undefined ? {} : { url: cut(redact(action.url)) }),
    ...(action.server === undefined ? {} : { server: action.server.name }),
    ...(action.content === undefined ? {} : contentFacts(action.content)),
    ...(action.provider === undefined ? {} : { provider: action.provider }),
    ...(action.model === undefined ? {} : { model: action.model }),
    ...(action.tokensUsed === undefined ? {} : { tokens_used: action.tokensUsed }),
  }
}

function contentFacts(content: string): Record<string, string | number> {
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { content_bytes: Buffer.byteLength(content), content_sha256: sha256 }
}

function inProject(action: Action, path: string): string {
  if (!path.startsWith('/')) return redact(path)
  const inside = relative(action.projectDir, path)
  return redact(inside === '' || inside.startsWith('..') ? path : inside)
}

/** Cuts by code points, so that no half of a surrogate pair reaches the record. */
function cut(text: string, limit = MAX_TEXT): string {
  const whole = text.toWellFormed()
  if (whole.length <= limit) return whole
  return `${whole.slice(0, limit).toWellFormed()}… [${whole.length} characters]`
}
