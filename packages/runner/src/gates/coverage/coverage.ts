import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isMissing, messageOf } from '../../errors.js'
import { couldNotRun, type Gate, type GateResult } from '../gate.js'
import { parseCobertura } from './cobertura.js'
import { parseGo } from './go.js'
import { parseJsonReport } from './json.js'
import { parseLcov } from './lcov.js'
import { percentOf, ReportError, type Coverage } from './report.js'

export interface CoverageGateOptions {
  /** Percent of the lines. */
  readonly minimum: number
  /** The report, relative to the project; without one, the places where the tools write theirs are looked at. */
  readonly report: string | undefined
}

const usualPlaces: readonly string[] = [
  'coverage/lcov.info',
  'lcov.info',
  'coverage/coverage-summary.json',
  'coverage/coverage-final.json',
  'coverage/cobertura-coverage.xml',
  'cobertura.xml',
  'coverage.xml',
  'coverage.json',
  'coverage.out',
  'cover.out',
]
const maxBytes = 64 * 1024 * 1024
// File systems stamp coarsely: FAT to two seconds.
const stampMs = 2000

interface Found {
  readonly path: string
  readonly text: string
  readonly writtenAt: number
}

/**
 * Reads the coverage that the tests of this VERIFY have reported. No report, one from before, or one that cannot be understood
 * is a failure; of several the lowest counts.
 */
export function coverageGate({ minimum, report }: CoverageGateOptions): Gate {
  return {
    name: 'coverage',
    required: true,
    async run({ session: { projectDir }, since }) {
      const places = report === undefined ? usualPlaces : [report]
      const found: Found[] = []
      for (const place of places) {
        const file = await readReport(resolve(projectDir, place), place)
        if (typeof file === 'string') return couldNotRun(file)
        if (file !== undefined) found.push(file)
      }
      if (found.length === 0) {
        const looked = report ?? 'coverage/lcov.info, coverage.xml, coverage.json, coverage.out or the like'
        const advice = 'have the tests write one, or name it in GATE_COVERAGE_REPORT'
        return couldNotRun(`the coverage is not known: there is no report at ${looked}; ${advice}`)
      }
      const fresh = found.filter(({ writtenAt }) => writtenAt >= since - stampMs)
      if (fresh.length === 0) {
        const old = found.map(({ path }) => path).join(', ')
        return couldNotRun(`the coverage is not known: ${old} was not written by the tests that were run just now`)
      }
      return judge(fresh, minimum)
    },
  }
}

function judge(reports: readonly Found[], minimum: number): GateResult {
  let lowest: { readonly path: string; readonly coverage: Coverage } | undefined
  for (const { path, text } of reports) {
    try {
      const coverage = parse(path, text)
      if (lowest === undefined || percentOf(coverage) < percentOf(lowest.coverage)) lowest = { path, coverage }
    } catch (thrown) {
      if (!(thrown instanceof ReportError)) throw thrown
      return couldNotRun(`the coverage is not known: ${path} cannot be understood: ${thrown.message}`)
    }
  }
  if (lowest === undefined) return couldNotRun('the coverage is not known: there is no report')
  const { path, coverage } = lowest
  const percent = percentOf(coverage)
  // Compared as whole numbers of lines, so that no rounding lets anything pass.
  const passed = coverage.covered * 100 >= minimum * coverage.total
  const digest = createHash('sha256')
  for (const { text } of reports) digest.update(text)
  return {
    outcome: passed ? 'passed' : 'failed',
    reason: `${percent} % of the lines are covered (${path}), ${passed ? 'at least' : 'expected at least'} ${minimum} %`,
    output: `${coverage.covered} of ${coverage.total} lines are covered, says ${path}`,
    outputSha256: digest.digest('hex'),
    figures: { coverage_percent: percent, minimum_percent: minimum },
  }
}

function parse(path: string, text: string): Coverage {
  if (path.endsWith('.xml')) return parseCobertura(text)
  if (path.endsWith('.json')) return parseJsonReport(text)
  return path.endsWith('.out') || text.startsWith('mode:') ? parseGo(text) : parseLcov(text)
}

/** The report; undefined where there is none, and what is wrong where it cannot be read. A link is not followed. */
async function readReport(file: string, path: string): Promise<Found | string | undefined> {
  try {
    // O_NONBLOCK: a pipe of that name must not hold the session.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = await handle.stat()
      if (!stats.isFile()) return `the coverage is not known: ${path} is not a regular file`
      if (stats.size > maxBytes) return `the coverage is not known: ${path} is larger than ${maxBytes} bytes`
      return { path, text: await handle.readFile('utf8'), writtenAt: stats.mtimeMs }
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    return isMissing(thrown) ? undefined : `the coverage is not known: ${path} cannot be read: ${messageOf(thrown)}`
  }
}
