import { createHash } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import { scan, type Finding } from '@loki/policies'
import { messageOf } from '../../errors.js'
import { couldNotRun, type Gate, type GateContext, type GateResult } from '../gate.js'
import type { ChangedFile } from './patch.js'
import { runScanners } from './scanners.js'

const maxText = 32 * 1024 * 1024
const maxShown = 50

/**
 * Looks through every line that the session has added, for secrets; personal data is counted and told, and holds nothing back.
 * @param allow fingerprints of findings that a person lets stay
 */
export function securityGate(allow: readonly string[]): Gate {
  return {
    name: 'security-scan',
    required: true,
    async run(context) {
      try {
        return await look(context, allow)
      } catch (thrown) {
        return couldNotRun(`the security scan could not be run: ${messageOf(thrown)}`)
      }
    },
  }
}

async function look({ session, env, snapshots }: GateContext, allow: readonly string[]): Promise<GateResult> {
  const startedAt = performance.now()
  const files = await snapshots.changes()
  const size = files.reduce((sum, { lines }) => sum + lines.reduce((own, { text }) => own + text.length + 1, 0), 0)
  if (size > maxText) {
    return couldNotRun(
      `the security scan could not be run: ${size} characters are new, and at most ${maxText} are looked through`,
    )
  }
  const secrets: string[] = []
  let personal = 0
  for (const file of files) {
    const found = findingsIn(file, allow)
    secrets.push(...told(file, found))
    personal += found.filter(({ category }) => category !== 'secret').length
    await breathe() // the guard answers the agents from this process
  }
  const { projectDir, state, stopSignal: signal } = session
  const added = files.map(textOf).join('\n')
  const others = await runScanners(added, { projectDir, scratchDir: state.scratchDir, env, signal })
  const lines = files.reduce((sum, file) => sum + file.lines.length, 0)
  const failures = [
    ...(secrets.length === 0 ? [] : [`${counted(secrets.length, 'secret')} in the new lines`]),
    ...others.failures,
  ]
  const found =
    failures.length === 0
      ? `no secret in ${counted(lines, 'new line')} of ${counted(files.length, 'file')}`
      : failures.join('; ')
  const parts = [
    found,
    ...(personal === 0 ? [] : [`${personal} ${personal === 1 ? 'piece' : 'pieces'} of personal data`]),
    ...others.ran.map((name) => `with ${name}`),
    ...others.skipped,
  ]
  const all = [...secrets, others.output].join('\n')
  return {
    outcome: failures.length === 0 ? 'passed' : 'failed',
    reason: `security scan: ${parts.join('; ')}`,
    output: `${secrets.slice(0, maxShown).join('\n')}\n${others.output}`.trim(),
    outputSha256: createHash('sha256').update(all).digest('hex'),
    figures: { secrets: secrets.length, personal_data: personal, new_lines: lines, changed_files: files.length },
    durationMs: Math.round(performance.now() - startedAt),
  }
}

/** The secrets in new lines, each by place, kind and fingerprint. */
export function secretsIn(files: readonly ChangedFile[], allow: readonly string[]): readonly string[] {
  return files.flatMap((file) => told(file, findingsIn(file, allow)))
}

type PlacedFinding = Finding & { readonly line: number }

function told({ path }: ChangedFile, findings: readonly PlacedFinding[]): readonly string[] {
  return findings
    .filter(({ category }) => category === 'secret')
    .map(({ line, kind, fingerprint }) => `${path}:${line}: ${kind} ${fingerprint}`)
}

function findingsIn(file: ChangedFile, allow: readonly string[]): readonly PlacedFinding[] {
  const options = { allow: allow.map((fingerprint) => ({ fingerprint })) }
  let index = 0
  let end = 0
  // Findings come in order, so one pass over the lines places them all.
  return scan(textOf(file), options).map((finding) => {
    for (; index < file.lines.length; index += 1) {
      const length = printable(file.lines[index]?.text ?? '').length + 1
      if (finding.start < end + length) break
      end += length
    }
    return { ...finding, line: file.lines[index]?.number ?? 0 }
  })
}

function textOf({ lines }: ChangedFile): string {
  return lines.map(({ text }) => printable(text)).join('\n')
}

/** UTF-16 has a zero byte beside each letter; without them it is text like any other. */
function printable(text: string): string {
  return text.replaceAll('\0', '')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
