import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { agentFields } from '@loki/audit'
import type { AgentFinding, AuditInput, JsonObject } from '@loki/audit'
import { redact } from '@loki/policies'
import type { Violation } from '@loki/policies'
import type { Action, ActionResult } from './action.js'
import type { Verdict } from './verdict.js'

/** Longer commands are cut in the record; the digest still covers all of them. */
const MAX_TEXT = 4096
const MAX_PATHS = 64
/** As many findings as a record may name, and as long as a text of a field of an agent may be. */
const MAX_FINDINGS = 64
const MAX_RULES = 64
const MAX_FIELD = 256

/** The audit record of a decision. Commands, addresses and reasons are redacted; content is only measured and hashed. */
export function decisionRecord(action: Action, verdict: Verdict): AuditInput {
  return {
    who: principal(action),
    what: 'action.decided',
    where: target(action),
    why: redact(verdict.reason),
    metadata: {
      ...about(action),
      ...findingsOf(verdict),
      decision: verdict.decision,
      ...(verdict.rule === undefined ? {} : { rule: verdict.rule }),
      ...(verdict.violations.length === 0 ? {} : { rules: verdict.violations.map((violation) => violation.rule) }),
      ...(verdict.shadow === undefined ? {} : { shadow: verdict.shadow.slice(0, MAX_RULES).map(ruleAndAction) }),
      ...(verdict.lifted === undefined
        ? {}
        : { lifted: verdict.lifted.slice(0, MAX_RULES).map((one) => ({ ...ruleAndAction(one), by: one.by.rule })) }),
      ...(verdict.degraded === undefined ? {} : { degraded: cut(redact(verdict.degraded), 512) }),
      ...(verdict.approval === undefined ? {} : { approval: verdict.approval.id }),
      ...(verdict.approval?.by === undefined ? {} : { approved_by: verdict.approval.by }),
      digest: verdict.digest,
    },
  }
}

/** A rule and what it would have done, without what it found. */
function ruleAndAction({ rule, action }: Violation): { readonly rule: string; readonly action: string } {
  return { rule, action }
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
      ...agentFields({ durationMs: measured(result.durationMs), result: result.ok ? 'success' : 'failure' }),
      ...(result.exitCode === undefined ? {} : { exit_code: result.exitCode }),
      ...(result.outputBytes === undefined ? {} : { output_bytes: result.outputBytes }),
      ...(unmatched ? { unmatched } : {}),
      digest,
    },
  }
}

/** All of an action that a person needs to judge it, redacted. */
export function shownAction(action: Action): string {
  const { kind, tool, cwd, command, paths, url, server, branch, content } = action
  const lines = [
    ['tool', `${tool} (${kind})`],
    ['in', cwd],
    ['branch', branch],
    ['command', command],
    ['paths', paths?.join('\n')],
    ['address', url],
    ['server', server?.name],
    ['content', content],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name ?? ''}: ${value}`]))
  return cut(redact(lines.join('\n')), 12_000)
}

/** Who acts, as audit records name it: `agent:claude/ses-1`. */
export function principal(action: Action): string {
  // A push outside any session is a person's, as far as can be told.
  if (action.host === 'git' && action.session === 'git') return `cli:${action.agent}`
  return `agent:${action.host}/${action.session}`
}

/** What an action is aimed at, in one short redacted line: a path in the project, an address, a tool, a command. */
export function target(action: Action): string {
  if (action.server !== undefined) return `${action.server.name}/${action.tool}`
  const path = action.paths?.[0]
  if (action.command !== undefined && action.kind !== 'file_write') return cut(redact(action.command), 512)
  if (path !== undefined) return cut(inProject(action, path), 512)
  if (action.url !== undefined) return cut(redact(action.url), 512)
  return action.tool
}

/** What every record says of the action it is about. */
export function about(action: Action): JsonObject {
  return {
    session: action.session,
    ...agentFields({ agent: named(action.agent), provider: named(action.provider), model: named(action.model) }),
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
    ...(action.branch === undefined ? {} : { branch: action.branch }),
    ...(action.region === undefined ? {} : { region: action.region }),
    ...(action.content === undefined ? {} : contentFacts(action.content)),
    ...(action.tokensUsed === undefined ? {} : { tokens_used: action.tokensUsed }),
  }
}

/** What the rules found that objected; the values are not on the record. */
function findingsOf({ violations }: Verdict): JsonObject {
  const all = new Map<string, AgentFinding>()
  for (const { rule, findings } of violations) {
    for (const { kind, category, fingerprint } of findings ?? []) {
      const finding = { kind: kind.slice(0, MAX_FIELD), category, rule: rule.slice(0, MAX_FIELD), fingerprint }
      all.set(JSON.stringify(finding), finding)
    }
  }
  return all.size === 0 ? {} : agentFields({ findings: [...all.values()].slice(0, MAX_FINDINGS) })
}

/** A name as a field of an agent takes it; undefined where there is none. */
function named(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  return text.toWellFormed().slice(0, MAX_FIELD).toWellFormed()
}

/** A length of time that can be one; hosts say all kinds of things. */
function measured(ms: number | undefined): number | undefined {
  return ms !== undefined && Number.isFinite(ms) && ms >= 0 ? ms : undefined
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
