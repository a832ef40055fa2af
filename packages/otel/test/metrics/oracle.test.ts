import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { measured, OPENMETRICS } from './measured.js'

// Debian's interpreter: another on the path lacks Debian's modules.
const PYTHON = '/usr/bin/python3'
const PROMTOOL = 'promtool'
const parserMissing = spawnSync(PYTHON, ['-c', 'import prometheus_client.openmetrics.parser']).status !== 0
const promtoolMissing = spawnSync(PROMTOOL, ['--version']).status !== 0

if (parserMissing) console.warn('skipped: the strict OpenMetrics parser; install python3-prometheus-client')
if (promtoolMissing) console.warn('skipped: promtool; install prometheus')

interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: string])[]
}

function parse(text: string): { readonly error: string; readonly families: readonly ParsedFamily[] } {
  const program = join(import.meta.dirname, '../programs/parse-openmetrics.py')
  const { status, stdout, stderr } = spawnSync(PYTHON, [program], { input: text, encoding: 'utf8' })
  // Written by the program a moment ago.
  return { error: stderr, families: status === 0 ? (JSON.parse(stdout) as ParsedFamily[]) : [] }
}

describe.skipIf(parserMissing)('the strict OpenMetrics parser', () => {
  it('refuses what it should, so that its silence says something', () => {
    const { body } = measured().render(OPENMETRICS)
    expect(parse(body.replace('# EOF\n', '')).error).toContain('Missing # EOF')
    expect(
      parse(body.replaceAll('_bucket{status="failed",le="+Inf"}', '_bucket{status="failed",le="9.0"}')).error,
    ).not.toBe('')
  })

  it('reads every family, with its unit and every label as it was', () => {
    const { error, families } = parse(measured().render(OPENMETRICS).body)
    expect(error).toBe('')
    expect(families).toHaveLength(27)
    const family = (name: string): ParsedFamily | undefined => families.find((one) => one.name === name)
    expect(family('loki_events')).toMatchObject({ type: 'counter' })
    expect(family('loki_tasks_total')).toMatchObject({ type: 'gauge' })
    expect(family('loki_task_duration_seconds')).toMatchObject({ type: 'histogram', unit: 'seconds' })
    expect(family('loki_quality_gate_fail')?.samples[0]?.[1]).toEqual({ gate: 'a "quoted" \\ back\nslash' })
    expect(family('loki_denials')?.samples[0]?.[1]).toEqual({ rule: 'grün 😀' })
  })
})

describe.skipIf(promtoolMissing)('promtool', () => {
  it('has nothing to say but of the two gauges that are documented with the name of a counter', () => {
    const { body } = measured().render()
    const { stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: body, encoding: 'utf8' })
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
    expect(said.map((line) => line.split(' ')[0])).toEqual(['loki_agents_total', 'loki_tasks_total'])
    expect(said.every((line) => line.includes('non-counter metrics should not have "_total" suffix'))).toBe(true)
  })
})
