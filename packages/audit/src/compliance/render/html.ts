import type { EntryPlace } from '../sample.js'
import type { ComplianceReport, ControlReport, ControlVerdict, Exceptions } from '../types.js'
import { shownEntries } from '../shown.js'
import { factsOf, provenIn, shortened, VERDICTS, visible } from './shown.js'
import { STYLE } from './style.js'

/** Text that is safe between tags and in quoted attributes. */
type Html = string

/** Renders a report as one HTML page that asks the network for nothing. */
export function renderHtml(report: ComplianceReport): string {
  const { standard, warnings, controls, limits } = report
  const title = `${standard.title}: what the audit log shows`
  const facts = factsOf(report).map(
    ([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${text(title)}</h1>
${warnings.length === 0 ? '' : `<section class="warnings" aria-label="Warnings">${list(warnings)}</section>`}
<table class="facts"><caption>The record behind this report</caption><tbody>${facts.join('\n')}</tbody></table>
<p class="note">${text(standard.note)}</p>
<h2>Summary</h2>
${summaryTables(report)}
<h2>Controls</h2>
${controls.map(controlSection).join('\n')}
<h2>Entries shown</h2>
${entriesTable(shownEntries(report.controls), provenIn(report))}
<h2>What this report does not say</h2>
${list(limits)}
</main>
</body>
</html>
`
}

function summaryTables({ summary, controls }: ComplianceReport): Html {
  const counts = VERDICTS.map(
    (verdict) => `<tr><th scope="row">${verdictText(verdict)}</th><td class="number">${summary[verdict]}</td></tr>`,
  )
  const rows = controls.map((control, index) => {
    const exceptions = control.exceptions.reduce((sum, { count }) => sum + count, 0)
    return `<tr><th scope="row" class="kept"><a href="#control-${index}">${text(control.id)}</a></th><td>${text(control.title)}</td><td>${verdictText(control.verdict)}</td><td class="number">${exceptions}</td></tr>`
  })
  return `<table><caption>Verdicts</caption><thead>${head(['Verdict', '#Controls'])}</thead><tbody>${counts.join('\n')}</tbody></table>
<table><caption>Controls</caption><thead>${head(['Control', 'Title', 'Verdict', '#Exceptions'])}</thead><tbody>${rows.join('\n')}</tbody></table>`
}

function controlSection(control: ControlReport, index: number): Html {
  const { id, title, asks, verdict, reason, evidence, exceptions, gaps } = control
  const rows = evidence.map(
    (part) =>
      `<tr><th scope="row">${text(part.title)}</th><td>${text(part.query)}</td><td class="number">${part.population}</td><td>${seqs(part.sample)}</td></tr>`,
  )
  return `<section aria-labelledby="control-${index}">
<h3 id="control-${index}">${text(id)} ${text(title)}</h3>
<p class="asks">${text(asks)}</p>
<p>${verdictText(verdict)}. ${text(reason)}</p>
${rows.length === 0 ? '' : `<table><caption>Evidence for ${text(id)}</caption><thead>${head(['Evidence', 'Query', '#In the period', 'Sample (seq)'])}</thead><tbody>${rows.join('\n')}</tbody></table>`}
${exceptions.length === 0 ? '' : `<h4>Exceptions</h4><ul>${exceptions.map(exceptionItem).join('\n')}</ul>`}
${gaps.length === 0 ? '' : `<h4>Gaps</h4>${list(gaps)}`}
</section>`
}

function exceptionItem({ name, meaning, count, examples }: Exceptions): Html {
  return `<li><strong>${text(name)}</strong>, ${count}: ${text(meaning)} Entries ${seqs(examples)}${examples.length < count ? ' and more' : ''}.</li>`
}

function entriesTable(places: readonly EntryPlace[], proven: ReadonlySet<number>): Html {
  if (places.length === 0) return '<p>None.</p>'
  const rows = places.map(
    (
      place,
    ) => `<tr id="entry-${place.seq}"><th scope="row" class="number">${place.seq}</th><td class="number">${place.line}</td>
<td>${text(place.timestamp)}</td><td>${cell(place.who)}</td><td>${cell(place.what)}</td><td>${cell(place.where)}</td><td>${cell(place.why)}</td><td class="mono">${text(place.hash)}</td><td>${proven.has(place.seq) ? 'yes' : 'no'}</td></tr>`,
  )
  return `<div class="scroll" tabindex="0" role="region" aria-label="Entries shown"><table class="entries"><caption>Sampled entries and exceptions, in the order of the log</caption>
<thead><tr><th scope="col" class="number">Seq</th><th scope="col" class="number">Line</th><th scope="col" class="time">Time</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Where</th><th scope="col">Why</th><th scope="col" class="hash">Hash</th><th scope="col" class="proven">Proven</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

/** Column heads; a leading `#` marks a column of numbers. */
function head(titles: readonly string[]): Html {
  const cells = titles.map((title) =>
    title.startsWith('#')
      ? `<th scope="col" class="number">${text(title.slice(1))}</th>`
      : `<th scope="col">${text(title)}</th>`,
  )
  return `<tr>${cells.join('')}</tr>`
}

function verdictText(verdict: ControlVerdict): Html {
  return `<span class="verdict ${verdict.replace(' ', '-')}">${text(verdict)}</span>`
}

function seqs(places: readonly EntryPlace[]): Html {
  return places.map(({ seq }) => `<a href="#entry-${seq}">${seq}</a>`).join(', ')
}

function list(items: readonly string[]): Html {
  return `<ul>${items.map((item) => `<li>${text(item)}</li>`).join('\n')}</ul>`
}

function cell(value: string | null): Html {
  return value === null ? '' : text(shortened(value))
}

function text(value: string): Html {
  return visible(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
