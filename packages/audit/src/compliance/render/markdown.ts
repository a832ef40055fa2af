import type { EntryPlace } from '../sample.js'
import type { ComplianceReport, ControlReport, Exceptions } from '../types.js'
import { shownEntries } from '../shown.js'
import { factsOf, provenIn, shortened, VERDICTS, visible } from './shown.js'

/** Renders a report as Markdown; texts of the log stand in code spans, where nothing is interpreted. */
export function renderMarkdown(report: ComplianceReport): string {
  const { standard, warnings, summary, controls, limits } = report
  return `${[
    `# ${standard.title}: what the audit log shows`,
    ...warnings.map((warning) => `> **${plain(warning)}**`),
    table(
      ['', ''],
      factsOf(report).map(([name, value]) => [name, plain(value)]),
    ),
    standard.note,
    '## Summary',
    table(
      ['Verdict', 'Controls'],
      VERDICTS.map((verdict) => [verdict, String(summary[verdict])]),
    ),
    table(
      ['Control', 'Title', 'Verdict', 'Exceptions'],
      controls.map((control) => [control.id, control.title, control.verdict, String(exceptionCount(control))]),
    ),
    '## Controls',
    ...controls.flatMap(controlParts),
    '## Entries shown',
    ...entriesParts(shownEntries(report.controls), provenIn(report)),
    '## What this report does not say',
    list(limits),
  ].join('\n\n')}\n`
}

/** A text of the log or of a person as a code span. */
export function codeSpan(text: string): string {
  const content = visible(text)
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const edge = content.startsWith('`') || content.endsWith('`') || content.trim() === '' ? ' ' : ''
  return `${fence}${edge}${content}${edge}${fence}`
}

function controlParts(control: ControlReport): readonly string[] {
  const { id, title, asks, verdict, reason, evidence, exceptions, gaps } = control
  return [
    `### ${id} ${title}`,
    asks,
    `**${verdict}.** ${reason}`,
    ...(evidence.length === 0
      ? []
      : [
          table(
            ['Evidence', 'Query', 'In the period', 'Sample (seq)'],
            evidence.map((part) => [part.title, part.query, String(part.population), seqs(part.sample)]),
          ),
        ]),
    ...(exceptions.length === 0 ? [] : [`Exceptions:`, list(exceptions.map(exceptionText))]),
    ...(gaps.length === 0 ? [] : ['Gaps:', list(gaps)]),
  ]
}

function exceptionText({ name, meaning, count, examples }: Exceptions): string {
  return `**${name}**, ${count}: ${meaning} Entries ${seqs(examples)}${examples.length < count ? ' and more' : ''}.`
}

function entriesParts(places: readonly EntryPlace[], proven: ReadonlySet<number>): readonly string[] {
  if (places.length === 0) return ['None.']
  return [
    table(
      ['Seq', 'Line', 'Time', 'Who', 'What', 'Where', 'Why', 'Hash', 'Proven'],
      places.map((place) => [
        String(place.seq),
        String(place.line),
        place.timestamp,
        logText(place.who),
        logText(place.what),
        logText(place.where),
        logText(place.why),
        codeSpan(place.hash),
        proven.has(place.seq) ? 'yes' : 'no',
      ]),
    ),
  ]
}

function exceptionCount({ exceptions }: ControlReport): number {
  return exceptions.reduce((sum, { count }) => sum + count, 0)
}

function logText(text: string | null): string {
  return text === null || text === '' ? '' : codeSpan(shortened(text))
}

function seqs(places: readonly EntryPlace[]): string {
  return places.map(({ seq }) => String(seq)).join(', ')
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Our own sentences with a path, a name or an error in them: nothing in it may become markup. */
function plain(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>&#!~]/g, '\\$&')
}
