import { AuditError } from '../../error.js'
import type { ComplianceReport } from '../types.js'
import { renderHtml } from './html.js'
import { renderMarkdown } from './markdown.js'
import { renderOscal } from './oscal.js'

/** How a report can be written down. */
export type ReportFormat = 'md' | 'html' | 'json' | 'oscal'

const RENDERERS: Readonly<Record<ReportFormat, (report: ComplianceReport) => string>> = {
  md: renderMarkdown,
  html: renderHtml,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  oscal: renderOscal,
}

/** The names of all formats. */
export const reportFormats: readonly ReportFormat[] = ['md', 'html', 'json', 'oscal']

/** Writes a report down; every format begins with the warnings. Throws an AuditError for an unknown format. */
export function renderReport(report: ComplianceReport, format: string): string {
  if (isFormat(format)) return RENDERERS[format](report)
  throw new AuditError(
    'INVALID_INPUT',
    `expected a format (${reportFormats.join(', ')}), got ${JSON.stringify(format.slice(0, 60))}`,
  )
}

function isFormat(text: string): text is ReportFormat {
  return Object.hasOwn(RENDERERS, text)
}
