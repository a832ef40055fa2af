import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAudit, verifyLog } from '@loki/audit'
import type { AuditEntry, ChainReport } from '@loki/audit'
import { openEvents } from '@loki/events'
import { openGuard } from '@loki/guard'
import type { Action, Verdict } from '@loki/guard'
import { startSession } from '@loki/runner'
import type { SessionProgress, SessionResult } from '@loki/runner'
import { hookCommand } from '../program-file.js'
import type { Place } from './place.js'
import { recording, work } from './recording.js'
import { flipOneByte } from './tamper.js'

export interface Watcher {
  readonly decision: (action: Action, verdict: Verdict) => void
  readonly progress: (progress: SessionProgress) => void
  readonly signal: AbortSignal
}

/** One action and what was decided on it. */
export interface Decided {
  readonly action: Action
  readonly verdict: Verdict
}

/** Everything that the demo saw, to be judged afterwards. */
export interface Played {
  readonly session: SessionResult
  readonly decided: readonly Decided[]
  readonly entries: readonly AuditEntry[]
  readonly log: string
  readonly proof: ChainReport
  /** The copy with one flipped byte: the line that was changed, and what verification said. */
  readonly tampered: { readonly file: string; readonly line: number; readonly report: ChainReport }
  readonly mainBefore: string
  readonly mainAfter: string
}

/** Plays the recorded agent in the place, under the real guard, and verifies the log and a forged copy of it. */
export async function play(place: Place, watcher: Watcher): Promise<Played> {
  const { project, env, recording: file } = place
  writeFileSync(file, JSON.stringify(recording(), null, 2))
  const mainBefore = await originMain(place)
  const decided: Decided[] = []
  const auditDir = join(project, '.loki', 'audit')
  const audit = openAudit({ dir: auditDir, enabled: true, env, checkpoints: 'auto' })
  const events = openEvents({ dir: join(project, '.loki', 'events'), enabled: true, env })
  const entries: AuditEntry[] = []
  let session: SessionResult
  try {
    const guard = openGuard({
      projectDir: project,
      env,
      audit,
      events,
      enabled: true,
      onDecision: (action, verdict) => {
        decided.push({ action, verdict })
        watcher.decision(action, verdict)
      },
    })
    session = await startSession({
      projectDir: project,
      prd: 'PRD.md',
      provider: 'replay',
      replayFile: file,
      guard,
      audit,
      events,
      env,
      maxIterations: 1,
      testCommand: work.test,
      hookCommand: hookCommand(),
      onProgress: watcher.progress,
      signal: watcher.signal,
    })
    for await (const entry of audit.readEntries()) entries.push(entry)
  } finally {
    await Promise.allSettled([events.close(), audit.close()])
  }
  const log = join(auditDir, 'audit.jsonl')
  const proof = await verifyLog(log)
  const copy = join(place.root, 'tampered', 'audit.jsonl')
  const line = flipOneByte(log, copy)
  const tampered = { file: copy, line, report: await verifyLog(copy) }
  return { session, decided, entries, log, proof, tampered, mainBefore, mainAfter: await originMain(place) }
}

function originMain(place: Place): Promise<string> {
  return place.git('--git-dir', place.origin, 'rev-parse', 'refs/heads/main')
}
