import { join } from 'node:path'
import { openApprovals } from '@loki/approvals'
import { openCosts } from '@loki/costs'
import { openEvents } from '@loki/events'
import { openGuard } from '@loki/guard'
import type { Verdict } from '@loki/guard'
import { findProviders, protectedBranches, startSession } from '@loki/runner'
import type { Delivery, SessionResult } from '@loki/runner'
import { existingFile } from '../context.js'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { decisionJson, LiveLog } from '../live-log.js'
import type { Output } from '../output.js'
import { hookCommand } from '../program-file.js'
import type { Call } from '../program/define.js'
import { openProjectLog } from '../project-log.js'
import { plain, wrap } from '../text.js'

export interface StartCommandOptions {
  readonly provider?: string
  readonly replay?: string
  readonly command?: string
  readonly maxIterations?: number
  readonly testCommand?: string
  readonly profile?: string
}

/** How long an action of a session waits for a person. Hosts are told to wait 600 s for a hook; this is below it. */
const APPROVAL_HOLD_MS = 540_000

/** `loki start`: one session, told as it goes; on standard error for people, as a stream on standard output for programs. */
export async function start(call: Call<StartCommandOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const prd = existingFile(args[0] ?? '')
  const provider = await chosenProvider(options)
  const { replay, command, maxIterations, testCommand, profile } = options
  const live = new LiveLog({ write: output.note, color: output.noteColor, columns: process.stderr.columns })
  let last: Verdict | undefined
  const costs = openCosts({ enabled: true })
  const audit = openProjectLog(projectDir)
  const events = openEvents({ dir: join(projectDir, '.loki', 'events'), enabled: true })
  const approvals = openApprovals({ dir: join(projectDir, '.loki', 'approvals'), enabled: true })
  const guard = openGuard({
    projectDir,
    env: await guardEnv(projectDir),
    approvals,
    approvalHoldMs: APPROVAL_HOLD_MS,
    audit,
    events,
    enabled: true,
    onDecision: (action, verdict) => {
      last = verdict
      live.decision(action, verdict)
      if (output.json) output.record(decisionJson(action, verdict))
    },
  })
  const interruption = call.interrupted()
  try {
    const result = await startSession({
      projectDir,
      prd,
      provider,
      guard,
      audit,
      events,
      costs,
      hookCommand: hookCommand(),
      signal: interruption.signal,
      onProgress: (progress) => {
        live.progress(progress)
        if (output.json) output.record(progress)
      },
      ...(replay === undefined ? {} : { replayFile: existingFile(replay) }),
      ...(command === undefined ? {} : { command: shellCommand(command) }),
      ...(maxIterations === undefined ? {} : { maxIterations }),
      ...(testCommand === undefined ? {} : { testCommand }),
      ...(profile === undefined ? {} : { gateProfile: profile }),
    })
    tell(output, result, projectDir)
    return interruption.exit() ?? exitOf(result, last)
  } finally {
    await Promise.allSettled([events.close(), audit.close()])
  }
}

/** Under branch protection no action of a session makes or pushes a branch that is people's own. */
async function guardEnv(projectDir: string): Promise<NodeJS.ProcessEnv> {
  const own = await protectedBranches(projectDir)
  if (own.length === 0) return process.env
  return { ...process.env, SCOPE_DENIED_BRANCHES: [process.env.SCOPE_DENIED_BRANCHES ?? '', ...own].join(' ').trim() }
}

async function chosenProvider({ provider, replay, command }: StartCommandOptions): Promise<string> {
  if (provider !== undefined) return provider
  if (replay !== undefined) return 'replay'
  if (command !== undefined) return 'command'
  const found = (await findProviders(process.env)).find(({ path }) => path !== undefined)
  if (found !== undefined) return found.name
  throw new CliError('PROVIDER_MISSING', 'No agent CLI was found in PATH: neither claude, nor codex, nor gemini.', {
    next: 'Install one of them, or name a program with --command, or play a recorded agent with --replay.',
  })
}

/** The line as a shell runs it, and so as the guard parses it. */
function shellCommand(line: string): readonly string[] {
  return ['/bin/sh', '-c', line]
}

function tell(output: Output, result: SessionResult, projectDir: string): void {
  if (output.json) {
    output.record({ kind: 'result', ...result })
    return
  }
  const { noteColor: color } = output
  const done = result.tasks.filter(({ status }) => status === 'completed').length
  const words = {
    completed: color.green('✓ completed'),
    failed: color.red('✗ failed'),
    stopped: color.yellow('■ stopped'),
  }
  output.note(`\n${words[result.status]}  ${done}/${result.tasks.length} tasks  ${result.id}`)
  for (const line of wrap(plain(result.reason ?? ''), Math.min(process.stderr.columns || 100, 100) - 2))
    output.note(`  ${line}`)
  if (result.branch !== undefined) tellBranch(output, result.branch)
  output.note(color.dim(`  what was done: loki audit log    proof: loki audit verify    ${projectDir}`))
}

function tellBranch({ note, noteColor: color }: Output, { name, pullRequest, reason, next }: Delivery): void {
  note(`  ${color.bold(name)}${pullRequest === undefined ? '' : `  ${plain(pullRequest)}`}`)
  if (reason !== undefined)
    note(color.dim(`  ${plain(reason)}${next === undefined ? '' : '; the pull request is opened by:'}`))
  for (const line of next ?? []) note(`    ${plain(line)}`)
}

/** A session that failed because its last action was refused says so. */
function exitOf(result: SessionResult, last: Verdict | undefined): ExitName {
  if (result.waitsFor !== undefined) return 'waiting'
  if (result.status !== 'failed') return 'done'
  if (last?.decision === 'DENY') return 'denied'
  return last?.decision === 'REQUIRE_APPROVAL' ? 'waiting' : 'failed'
}
