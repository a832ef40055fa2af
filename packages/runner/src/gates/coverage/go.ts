import { coverageOf, ReportError, type Coverage } from './report.js'

/**
 * A profile of `go test -coverprofile`: `mode:`, then `<file>:<from>,<to> <statements> <count>`. A block that several test
 * binaries tell of is counted once, covered if any ran it.
 */
export function parseGo(text: string): Coverage {
  const [head = '', ...lines] = text.trimEnd().split('\n')
  if (!/^mode: (?:set|count|atomic)\r?$/.test(head)) throw new ReportError('line 1: expected "mode: set|count|atomic"')
  const blocks = new Map<string, { readonly statements: number; readonly covered: boolean }>()
  for (const [index, line] of lines.entries()) {
    const [, block, statements, runs] = /^(.+:\d+\.\d+,\d+\.\d+) (\d{1,9}) (\d{1,15})\r?$/.exec(line) ?? []
    if (block === undefined || statements === undefined || runs === undefined) {
      throw new ReportError(`line ${index + 2}: expected "<file>:<from>,<to> <statements> <count>"`)
    }
    const covered = Number(runs) > 0 || blocks.get(block)?.covered === true
    blocks.set(block, { statements: Number(statements), covered })
  }
  let total = 0
  let covered = 0
  for (const block of blocks.values()) {
    total += block.statements
    if (block.covered) covered += block.statements
  }
  return coverageOf(covered, total)
}
