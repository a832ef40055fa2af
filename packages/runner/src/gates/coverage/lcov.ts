import { coverageOf, ReportError, type Coverage } from './report.js'

/**
 * An lcov tracefile (geninfo(1)): `DA:<line>,<count>` between `SF:` and `end_of_record`. A file that several tests tell of is
 * counted once, each of its lines covered if any test ran it. `LH` and `LF` are not believed: they are sums of the same lines.
 */
export function parseLcov(text: string): Coverage {
  const files = new Map<string, Map<number, boolean>>()
  let lines: Map<number, boolean> | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd()
    if (line.startsWith('SF:')) {
      if (lines !== undefined) throw at(index, 'SF before the end_of_record of the file before')
      const name = line.slice(3)
      lines = files.get(name) ?? new Map()
      files.set(name, lines)
    } else if (line === 'end_of_record') {
      if (lines === undefined) throw at(index, 'end_of_record without SF')
      lines = undefined
    } else if (line.startsWith('DA:')) {
      const [, number, runs] = /^DA:(\d{1,9}),(-?\d{1,15})(?:,.*)?$/.exec(line) ?? []
      if (lines === undefined || number === undefined || runs === undefined) throw at(index, 'a DA that is malformed')
      const key = Number(number)
      lines.set(key, lines.get(key) === true || Number(runs) > 0)
    } else if (line !== '' && !line.startsWith('#') && !/^[A-Z]{2,8}:/.test(line)) throw at(index, 'no record of lcov')
  }
  if (lines !== undefined) throw new ReportError('it ends within a file: end_of_record is missing')
  const all = [...files.values()].flatMap((file) => [...file.values()])
  return coverageOf(all.filter(Boolean).length, all.length)
}

function at(index: number, problem: string): ReportError {
  return new ReportError(`line ${index + 1}: ${problem}`)
}
