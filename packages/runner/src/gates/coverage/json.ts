import { coverageOf, objectAt, parseJson, ReportError, type Coverage } from './report.js'

/** A JSON report by what is in it. */
export function parseJsonReport(text: string): Coverage {
  const report = objectAt(parseJson(text), 'its root')
  if ('totals' in report) return parseCoveragePy(text)
  return 'total' in report ? parseIstanbulSummary(text) : parseIstanbulFinal(text)
}

/** `coverage-summary.json` of istanbul, nyc, jest, vitest and c8: the sum of all files is in `total`. */
function parseIstanbulSummary(text: string): Coverage {
  const total = objectAt(objectAt(parseJson(text), 'its root').total, 'total')
  const lines = objectAt(total.lines, 'total.lines')
  return coverageOf(lines.covered, lines.total)
}

/** `coverage-final.json` of istanbul: as its own reports count, a line is covered if a statement that begins on it ran. */
function parseIstanbulFinal(text: string): Coverage {
  let covered = 0
  let total = 0
  for (const [path, value] of Object.entries(objectAt(parseJson(text), 'its root'))) {
    const file = objectAt(value, path)
    const runs = objectAt(file.s, `${path}: s`)
    const lines = new Map<number, boolean>()
    for (const [id, place] of Object.entries(objectAt(file.statementMap, `${path}: statementMap`))) {
      const line = objectAt(objectAt(place, `${path}: statement ${id}`).start, `${path}: start of statement ${id}`).line
      const count = runs[id]
      if (typeof line !== 'number' || typeof count !== 'number') {
        throw new ReportError(`${path}: statement ${id} has no line or no count`)
      }
      lines.set(line, lines.get(line) === true || count > 0)
    }
    total += lines.size
    covered += [...lines.values()].filter(Boolean).length
  }
  return coverageOf(covered, total)
}

/** `coverage json` of coverage.py. */
function parseCoveragePy(text: string): Coverage {
  const report = objectAt(parseJson(text), 'its root')
  objectAt(report.meta, 'meta')
  const totals = objectAt(report.totals, 'totals')
  return coverageOf(totals.covered_lines, totals.num_statements)
}
