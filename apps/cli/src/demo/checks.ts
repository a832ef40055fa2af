import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countOf } from '../format.js'
import type { Place } from './place.js'
import type { Decided, Played } from './play.js'
import { forbidden, madeUpKey, work } from './recording.js'

/** One thing that the demo promises, and whether it was really seen. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What was seen. */
  readonly detail: string
}

/** Judges what was seen by its effects, not only by what the guard said. */
export function judge(place: Place, played: Played): readonly Check[] {
  return [tests(played), ...refusals(place, played), ...record(played), forgery(played)]
}

function tests({ session, entries }: Played): Check {
  const runs = entries.filter(({ what, metadata }) => what === 'action.finished' && metadata?.command === work.test)
  const [first, last] = [runs[0]?.metadata?.ok, runs.at(-1)?.metadata?.ok]
  const ok = session.status === 'completed' && first === false && last === true && session.tasks[0]?.tests === 'passed'
  const failure =
    session.reason ??
    `the first run of the tests ${first === false ? 'failed' : 'did not fail'}, the last ${last === true ? 'passed' : 'did not pass'}`
  return { name: 'the failing test passes', ok, detail: ok ? `${work.test}: failed, then passed` : failure }
}

function refusals(place: Place, played: Played): readonly Check[] {
  const { project, root } = place
  const pushed = played.mainBefore === played.mainAfter
  const command = (text: string) => (decided: Decided) => decided.action.command === text
  const path = (text: string) => (decided: Decided) => decided.action.paths?.[0] === text
  return [
    refusal(played, 'rm -rf in a disguise', command(forbidden.removal), {
      ok: existsSync(join(project, '.git', 'HEAD')),
      yes: 'the project is still there',
      no: 'the project is gone',
    }),
    refusal(played, 'a write outside the project', path(forbidden.outside), {
      ok: !existsSync(join(root, 'notes.txt')),
      yes: 'no such file was made',
      no: 'the file was made',
    }),
    refusal(played, 'a file with a secret', path(forbidden.secret), {
      ok: !existsSync(join(project, forbidden.secret)),
      yes: 'no such file was made',
      no: 'the file was made',
    }),
    refusal(played, 'a push to main', command(forbidden.push), {
      ok: pushed,
      yes: `main of origin is still ${played.mainAfter.slice(0, 7)}`,
      no: 'main of origin moved',
    }),
  ]
}

interface Effect {
  readonly ok: boolean
  readonly yes: string
  readonly no: string
}

function refusal({ decided }: Played, name: string, isIt: (decided: Decided) => boolean, effect: Effect): Check {
  const verdict = decided.find(isIt)?.verdict
  const denied = verdict?.decision === 'DENY'
  const said = verdict === undefined ? 'it was never tried' : `the guard said ${verdict.decision}: ${verdict.reason}`
  return {
    name: `denied: ${name}`,
    ok: denied && effect.ok,
    detail: !denied ? said : effect.ok ? effect.yes : effect.no,
  }
}

function record({ proof, decided, entries, log }: Played): readonly Check[] {
  const recorded = entries.filter(({ what }) => what === 'action.decided').length
  const whole = recorded === decided.length
  const leaked = readFileSync(log, 'utf8').includes(madeUpKey())
  return [
    {
      name: 'every decision is on record',
      ok: whole && !leaked,
      detail: leaked ? 'the record holds the secret' : `${recorded} of ${decided.length}, and the secret in none`,
    },
    {
      name: 'the audit log verifies',
      ok: proof.valid,
      detail: proof.valid ? countOf(proof.entries, 'entry', 'entries') : (proof.error ?? ''),
    },
  ]
}

function forgery({ tampered: { line, report } }: Played): Check {
  const found = !report.valid && report.line === line
  const seen = report.valid
    ? 'the copy verifies'
    : `verification names line ${String(report.line)}, line ${line} was changed`
  return {
    name: 'one flipped byte in a copy is found',
    ok: found,
    detail: found ? `line ${line}: ${(report.code ?? '').toLowerCase().replaceAll('_', ' ')}` : seen,
  }
}
