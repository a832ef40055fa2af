import { describe, expect, it } from 'vitest'
import { metricsFormatOf, openMetrics } from '../../src/index.js'
import { measured, OPENMETRICS } from './measured.js'

describe('a measurement that cannot be', () => {
  it('is passed over', () => {
    const metrics = openMetrics()
    metrics.events.add(-1)
    metrics.events.add(NaN)
    metrics.taskDuration.record(Infinity)
    // Callers in JavaScript pass anything.
    metrics.costUsd.set('1.00' as unknown as number)
    metrics.decisions.add('2' as unknown as number)
    expect(metrics.render().body).toBe('')
  })

  it('with labels that the metric does not have is counted without them', () => {
    const metrics = openMetrics()
    metrics.denials.add(1, { rule: 'a', command: 'rm -rf /', project: 'p', tenant: undefined })
    expect(metrics.render().body).toContain('loki_denials_total{rule="a",project="p"} 1\n')
  })
})

describe('a series', () => {
  it('is the same in whatever order its labels are written, and an empty label is none', () => {
    const metrics = openMetrics()
    metrics.decisions.add(1, { decision: 'DENY', kind: 'command' })
    metrics.decisions.add(1, { kind: 'command', decision: 'DENY', host: '' })
    expect(metrics.render().body).toContain('loki_decisions_total{decision="DENY",kind="command"} 2\n')
  })

  it('beyond the limit goes where all the others go', () => {
    const metrics = openMetrics({ maxSeries: 3 })
    for (let at = 0; at < 1000; at += 1) metrics.denials.add(1, { rule: `rule-${at}` })
    const lines = metrics
      .render()
      .body.split('\n')
      .filter((line) => line.startsWith('loki_denials_total'))
    expect(lines).toHaveLength(4)
    expect(lines.at(-1)).toBe('loki_denials_total{rule="other"} 997')
  })

  it('that was not measured is absent, and one that is cleared is again', () => {
    const metrics = openMetrics()
    metrics.costUsd.set(0)
    expect(metrics.render().body).toContain('loki_cost_usd 0\n')
    metrics.costUsd.clear()
    expect(metrics.render().body).toBe('')
  })
})

describe('the older text', () => {
  it('has each documented name with its type', () => {
    const { body, contentType } = measured().render()
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    const types = Object.fromEntries(
      [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name ?? '', type]),
    )
    expect(types).toMatchObject({
      loki_session_status: 'gauge',
      loki_iteration_current: 'gauge',
      loki_iteration_max: 'gauge',
      loki_tasks_total: 'gauge',
      loki_agents_active: 'gauge',
      loki_agents_total: 'gauge',
      loki_cost_usd: 'gauge',
      loki_events_total: 'counter',
      loki_uptime_seconds: 'gauge',
      loki_task_duration_seconds: 'histogram',
      loki_quality_gate_pass_total: 'counter',
      loki_quality_gate_fail_total: 'counter',
      loki_agent_active: 'gauge',
      loki_tokens_consumed_total: 'counter',
      loki_council_approval_rate: 'gauge',
    })
    expect(body).not.toContain('# EOF')
  })
})

describe('OpenMetrics', () => {
  const { body, contentType } = measured().render(OPENMETRICS)

  it('ends with EOF, has no empty line, and calls a counter by its family', () => {
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(body.endsWith('\n# EOF\n')).toBe(true)
    expect(body).not.toMatch(/\n\n|\r/)
    expect(body).toContain('# TYPE loki_events counter\nloki_events_total{project="3f2a9c"} 12\n')
  })

  it('has cumulative buckets with canonical bounds, and no sample twice', () => {
    expect(body).toContain('loki_task_duration_seconds_bucket{status="completed",le="0.5"} 1\n')
    expect(body).toContain('loki_task_duration_seconds_bucket{status="completed",le="5.0"} 2\n')
    expect(body).toContain('loki_task_duration_seconds_bucket{status="failed",le="7200.0"} 0\n')
    expect(body).toContain('loki_task_duration_seconds_bucket{status="failed",le="+Inf"} 1\n')
    const names = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const keys = names.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('escapes what a label may hold', () => {
    expect(body).toContain(String.raw`loki_quality_gate_fail_total{gate="a \"quoted\" \\ back\nslash"} 1`)
  })
})

describe('the format', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/plain', 'text'],
    ['text/html,application/xhtml+xml', 'text'],
    ['application/openmetrics-text; version=0.0.1', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.9', 'text'],
    ['application/openmetrics-text;q=abc', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8', 'openmetrics'],
    // What Prometheus 2.42 sends.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
  ])('asked for by %j is %s', (accept, format) => {
    expect(metricsFormatOf(accept)).toBe(format)
  })
})
