import { openMetrics, type Metrics } from '../../src/index.js'

/** Metrics with something in every family, among it what a hostile label may hold. */
export function measured(): Metrics {
  const metrics = openMetrics({ now: () => new Date('2026-11-21T12:00:00Z') })
  const project = { project: '3f2a9c' }
  metrics.up.set(1, project)
  metrics.sessionStatus.set(1, project)
  metrics.iterationCurrent.set(3, project)
  metrics.iterationMax.set(1000, project)
  for (const [at, status] of ['pending', 'in_progress', 'review', 'completed', 'failed'].entries()) {
    metrics.tasks.set(at, { status, ...project })
  }
  metrics.agentsActive.set(2, project)
  metrics.agents.set(5, project)
  metrics.costUsd.set(1.25, project)
  metrics.events.total(12, project)
  metrics.uptime.set(61.5, project)
  metrics.taskDuration.record(0.2, { status: 'completed' })
  metrics.taskDuration.record(5, { status: 'completed' })
  metrics.taskDuration.record(99_999, { status: 'failed' })
  metrics.qualityGatePass.add(1, { gate: 'tests' })
  metrics.qualityGateFail.add(1, { gate: 'a "quoted" \\ back\nslash' })
  metrics.agentActive.set(1, { agent_type: 'claude' })
  metrics.tokensConsumed.add(1500, { model: 'claude-opus-4-5', agent_type: 'claude', type: 'input' })
  metrics.councilApprovalRate.set(0.75)
  metrics.decisions.add(7, { decision: 'ALLOW', kind: 'command', host: 'claude' })
  metrics.denials.add(1, { rule: 'grün 😀' })
  metrics.approvalsWaiting.set(2)
  metrics.approvalsOldestAge.set(90)
  metrics.hookDuration.record(0.004, { host: 'claude' })
  metrics.auditLag.set(0.5)
  metrics.auditUnanchored.set(4)
  metrics.forwarderBacklog.set(10, { destination: 'splunk' })
  metrics.budgetLeft.set(3.5, { budget: 'COST_MAX_PER_DAY', scope: 'day' })
  return metrics
}

export const OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
