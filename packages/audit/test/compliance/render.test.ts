import { describe, expect, it } from 'vitest'
import { generateReport, renderReport, reportFormats } from '../../src/compliance/index.js'
import type { ComplianceReport, StandardKind } from '../../src/compliance/index.js'
import { linesOf, temporary, writeLines } from '../folder.js'
import { cleanSession, decided, MARCH, write, type Planned } from './record.js'

async function reportOf(records: readonly Planned[], kind: StandardKind = 'soc2'): Promise<ComplianceReport> {
  const dir = temporary()
  await write(dir, records)
  return generateReport(kind, { log: dir, ...MARCH })
}

const EVIL = '</td></table><script>alert(1)</script><img src=x onerror="alert(2)">'
const EVIL_LINK = '[x](javascript:alert(3)) `code` | **bold**\n# head \u202egnp'

function hostile(): readonly Planned[] {
  return [
    decided(1, { decision: 'DENY', digest: 'a' }, { who: `agent:${EVIL}`, why: EVIL_LINK, where: EVIL }),
    decided(2, { decision: 'DENY', digest: 'b' }, { who: EVIL_LINK, why: EVIL, what: `action.decided` }),
  ]
}

it('refuses a format that it does not know', async () => {
  const report = await reportOf(cleanSession())
  expect(() => renderReport(report, 'pdf')).toThrow(/expected a format \(md, html, json, oscal\), got "pdf"/)
  expect(() => renderReport(report, 'constructor')).toThrow(/expected a format/)
})

describe.each(reportFormats)('%s', (format) => {
  it('states a broken chain and an unsigned log before anything else', async () => {
    const dir = temporary()
    await write(dir, cleanSession())
    writeLines(dir, linesOf(dir).toSpliced(3, 1))
    const text = renderReport(await generateReport('soc2', { log: dir, ...MARCH }), format)
    const broken = text.indexOf('THE LOG DOES NOT VERIFY')
    expect(broken).toBeGreaterThan(-1)
    expect(text.indexOf('THE LOG IS UNSIGNED')).toBeGreaterThan(broken)
    expect(text.indexOf('CC6.1')).toBeGreaterThan(broken)
  })

  it('is the same text for the same log and the same clock', async () => {
    const dir = temporary()
    await write(dir, cleanSession())
    const once = renderReport(await generateReport('gdpr', { log: dir, ...MARCH }), format)
    expect(renderReport(await generateReport('gdpr', { log: dir, ...MARCH }), format)).toBe(once)
  })
})

describe('texts of the log', () => {
  it('are no markup in HTML', async () => {
    const dir = temporary()
    await write(dir, hostile())
    const report = await generateReport('soc2', { log: dir, ...MARCH, projectName: EVIL })
    const html = renderReport(report, 'html')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toMatch(/<script|<img|<[^>]* on\w+=|javascript:[^)]*"|\u202e/)
    expect(html).not.toMatch(/(?:src|href)="(?!#)/)
    expect(html.match(/<\/table>/g)?.length).toBe(html.match(/<table/g)?.length)
  })

  it('are no markup in Markdown', async () => {
    const markdown = renderReport(await reportOf(hostile()), 'md')
    expect(markdown).toContain('``[x](javascript:alert(3)) `code` \\| **bold** # head [U+202e]gnp``')
    expect(markdown).not.toMatch(/^# head/m)
    expect(markdown).not.toContain('\u202e')
    const outside = markdown.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '')
    expect(outside).not.toMatch(/<script|<img/)
  })
})

describe('HTML', () => {
  it('asks the network for nothing, and its tables and headings can be read aloud', async () => {
    const html = renderReport(await reportOf(cleanSession()), 'html')
    expect(html).not.toMatch(/https?:\/\/|@import|url\(|<link|<script/)
    expect(html).toContain('<html lang="en">')
    expect(html.match(/<h1>/g)).toHaveLength(1)
    expect(html.match(/<caption>/g)?.length).toBe(html.match(/<table/g)?.length)
    expect(html).not.toMatch(/<th(?! scope=)[ >]/)
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${id ?? ''}"`)
    expect(html).toContain('prefers-color-scheme: dark')
    expect(html).toContain('@media print')
  })
})

interface Oscal {
  readonly 'assessment-results': {
    readonly uuid: string
    readonly metadata: Record<string, unknown>
    readonly 'import-ap': { readonly href: string }
    readonly 'back-matter': { readonly resources: readonly { readonly uuid: string }[] }
    readonly results: readonly {
      readonly 'reviewed-controls': {
        readonly 'control-selections': readonly {
          readonly 'include-controls': readonly { readonly 'control-id': string }[]
        }[]
      }
      readonly observations: readonly {
        readonly uuid: string
        readonly methods: readonly string[]
        readonly collected: string
      }[]
      readonly findings: readonly {
        readonly target: { readonly 'target-id': string; readonly status: { readonly state: string } }
        readonly 'related-observations': readonly { readonly 'observation-uuid': string }[]
      }[]
    }[]
  }
}

describe('OSCAL', () => {
  it('has the parts of assessment results, and every reference leads somewhere', async () => {
    const report = await reportOf(cleanSession(), 'nist-800-53')
    const { 'assessment-results': document } = JSON.parse(renderReport(report, 'oscal')) as Oscal // the shape is what is tested
    const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    const [result] = document.results
    expect(document.metadata).toMatchObject({
      'oscal-version': '1.1.3',
      version: '1',
      'last-modified': '2026-04-02T08:00:00.000Z',
    })
    expect(document['import-ap'].href).toBe(`#${document['back-matter'].resources[0]?.uuid ?? ''}`)
    const observations = result?.observations.map(({ uuid }) => uuid) ?? []
    for (const uuid of [document.uuid, ...observations]) expect(uuid).toMatch(UUID)
    expect(new Set(observations).size).toBe(observations.length)
    const selected = result?.['reviewed-controls']['control-selections'][0]?.['include-controls'].map(
      (one) => one['control-id'],
    )
    expect(selected).toContain('au-9.3')
    for (const id of selected ?? []) expect(id).toMatch(/^[a-z][a-z0-9.-]*$/)
    expect(result?.findings).toHaveLength(report.controls.length)
    for (const [index, finding] of (result?.findings ?? []).entries()) {
      const evidenced = report.controls[index]?.verdict === 'evidenced'
      expect(finding.target.status.state).toBe(evidenced ? 'satisfied' : 'not-satisfied')
      for (const related of finding['related-observations']) expect(observations).toContain(related['observation-uuid'])
    }
  })

  it('gives another log other identifiers', async () => {
    const uuidOf = async (records: readonly Planned[]): Promise<string> => {
      const document = JSON.parse(renderReport(await reportOf(records), 'oscal')) as Oscal // as above
      return document['assessment-results'].uuid
    }
    expect(await uuidOf(cleanSession())).not.toBe(await uuidOf(hostile()))
  })
})

it('JSON is the report itself', async () => {
  const report = await reportOf(cleanSession())
  expect(JSON.parse(renderReport(report, 'json'))).toEqual(report)
})

it('Markdown reads like this', async () => {
  const report = await reportOf(cleanSession())
  const markdown = renderReport({ ...report, controls: report.controls.slice(0, 6) }, 'md')
  await expect(markdown.replaceAll(report.chain.file ?? '', 'audit.jsonl')).toMatchFileSnapshot('report.md.snap')
})
