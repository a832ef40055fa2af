import type { EntryPlace } from '../sample.js'
import type { ComplianceReport, ControlReport, Evidence, Exceptions } from '../types.js'
import { codeSpan } from './markdown.js'
import { factsOf, visible } from './shown.js'
import { uuidOf } from './uuid.js'

const NAMESPACE = 'urn:loki:compliance'

/**
 * Renders a report as OSCAL 1.1 assessment results. `satisfied` stands only for `evidenced`; the verdict itself is a
 * property of each finding. Identifiers are derived from the log's head, the standard and the period.
 */
export function renderOscal(report: ComplianceReport): string {
  const { standard, period, warnings, limits, generatedAt, kind } = report
  const id = (name: string): string =>
    uuidOf([NAMESPACE, report.chain.head?.hash ?? 'empty', kind, period.from, period.to, name].join('/'))
  const title = `${standard.title}: what the audit log shows`
  const remarks = [...warnings, standard.note, ...limits].map((line) => codeless(line)).join('\n\n')
  const results = {
    uuid: id('document'),
    metadata: {
      title,
      'last-modified': generatedAt,
      version: '1',
      'oscal-version': '1.1.3',
      props: factsOf(report).map(([name, value]) => prop(name.toLowerCase().replaceAll(' ', '-'), value)),
      remarks,
    },
    'import-ap': {
      href: `#${id('plan')}`,
      remarks: 'There is no assessment plan: the report is made from the log alone.',
    },
    results: [
      {
        uuid: id('result'),
        title,
        description: remarks,
        start: period.from,
        end: period.to,
        'reviewed-controls': {
          'control-selections': [
            { 'include-controls': report.controls.map((control) => ({ 'control-id': tokenOf(control.id) })) },
          ],
        },
        observations: observationsOf(report, id),
        findings: report.controls.map((control) => findingOf(control, id)),
      },
    ],
    'back-matter': {
      resources: [{ uuid: id('plan'), title: 'No assessment plan', description: 'Made from the log alone.' }],
    },
  }
  return `${JSON.stringify({ 'assessment-results': results }, null, 2)}\n`
}

type Identify = (name: string) => string

/** The chain first, then every population and kind of exception once. */
function observationsOf(report: ComplianceReport, id: Identify): readonly object[] {
  const { chain, generatedAt } = report
  const observations = new Map<string, object>()
  observations.set('chain', {
    uuid: id('chain'),
    title: chain.valid ? 'The chain verifies' : 'THE LOG DOES NOT VERIFY',
    description: codeless(chain.error ?? `All ${chain.entries} entries verify.`),
    props: [prop('chain-valid', String(chain.valid)), prop('signed', String(chain.checkpoint?.trusted === true))],
    methods: ['TEST'],
    collected: generatedAt,
  })
  for (const { evidence, exceptions } of report.controls) {
    for (const part of evidence) observations.set(`evidence/${part.name}`, evidenceOf(part, generatedAt, id))
    for (const part of exceptions) observations.set(`exception/${part.name}`, exceptionOf(part, generatedAt, id))
  }
  return [...observations.values()]
}

function evidenceOf({ name, title, query, population, sample }: Evidence, collected: string, id: Identify): object {
  return {
    uuid: id(`evidence/${name}`),
    title,
    description: `${population} entries in the period. Query: ${query}.`,
    props: [prop('population', String(population))],
    methods: ['EXAMINE'],
    ...relevant(sample),
    collected,
  }
}

function exceptionOf({ name, meaning, count, examples }: Exceptions, collected: string, id: Identify): object {
  return {
    uuid: id(`exception/${name}`),
    title: name,
    description: `${count} exceptions. ${meaning}`,
    props: [prop('exceptions', String(count))],
    methods: ['TEST'],
    ...relevant(examples),
    collected,
  }
}

function relevant(places: readonly EntryPlace[]): object {
  if (places.length === 0) return {}
  const evidence = places.map((place) => ({
    description: codeSpan([place.timestamp, place.who, place.what, place.where, place.why].filter(Boolean).join(' · ')),
    props: [prop('seq', String(place.seq)), prop('line', String(place.line)), prop('hash', place.hash)],
  }))
  return { 'relevant-evidence': evidence }
}

function findingOf(control: ControlReport, id: Identify): object {
  const { title, asks, verdict, reason, evidence, exceptions, gaps } = control
  const related = [
    'chain',
    ...evidence.map(({ name }) => `evidence/${name}`),
    ...exceptions.map(({ name }) => `exception/${name}`),
  ]
  return {
    uuid: id(`finding/${control.id}`),
    title: `${control.id} ${title}`,
    description: [asks, reason, ...gaps].join('\n\n'),
    props: [prop('verdict', verdict)],
    target: {
      type: 'objective-id',
      'target-id': `${tokenOf(control.id)}_obj`,
      status: {
        state: verdict === 'evidenced' ? 'satisfied' : 'not-satisfied',
        reason: 'other',
        remarks: `${verdict}: ${reason} Loki judges evidence, not whether the control is met.`,
      },
    },
    'related-observations': related.map((name) => ({ 'observation-uuid': id(name) })),
  }
}

/** A control id as an OSCAL token, NIST’s as its own catalogue writes them: AU-9(3) is au-9.3. */
function tokenOf(id: string): string {
  return id
    .toLowerCase()
    .replace('art. ', 'art-')
    .replace(/\((\w+)\)/g, '.$1')
}

function prop(name: string, value: string): object {
  return { name, ns: NAMESPACE, value: visible(value).trim() }
}

/** A sentence with a path or an error in it, where OSCAL reads Markdown. */
function codeless(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>&]/g, '\\$&')
}
