import { describe, expect, it } from 'vitest'
import { openTelemetry, setUsage, type Telemetry } from '../../src/index.js'
import { attributesOf, startCollector, type OtlpSpan } from '../collector.js'

async function spansOf(make: (telemetry: Telemetry) => void): Promise<readonly OtlpSpan[]> {
  const collector = await startCollector()
  const telemetry = openTelemetry({ endpoint: collector.url, env: {}, flushAt: [] })
  make(telemetry)
  await telemetry.close()
  return collector.spans()
}

const plain = (span: OtlpSpan): readonly unknown[] => [span.name, span.status.code, attributesOf(span)]

describe('the documented spans', () => {
  it('have their names and attributes, and hang together', async () => {
    const spans = await spansOf((telemetry) => {
      const project = telemetry.startProjectSpan('proj-1')
      const task = telemetry.startTaskSpan(project, 'task-1')
      telemetry.startRARVSpan(task, 'ACT').end()
      telemetry.startQualityGateSpan(task, 'tests', 'pass').end()
      telemetry.startQualityGateSpan(task, 'coverage', 'FAIL').end()
      telemetry.startAgentSpan(task, 'claude', 'spawn').end()
      telemetry.startAgentSpan(task, 'claude', 'fail').end()
      telemetry.startCouncilSpan(task, 'security', 'approve').end()
      telemetry.startCouncilSpan(task, 'security', 'request-changes').end()
      task.end()
      project.end()
    })
    expect(spans.map(plain)).toEqual([
      ['rarv.ACT', 0, { 'loki.rarv.phase': 'ACT' }],
      ['quality_gate.tests', 0, gate('tests', 'pass', true)],
      ['quality_gate.coverage', 2, gate('coverage', 'fail', false)],
      ['agent.claude.spawn', 0, { 'loki.agent.type': 'claude', 'loki.agent.action': 'spawn' }],
      ['agent.claude.fail', 2, { 'loki.agent.type': 'claude', 'loki.agent.action': 'fail' }],
      ['council.security', 0, council('approve', true)],
      ['council.security', 0, council('request-changes', false)],
      ['task', 0, { 'loki.task.id': 'task-1' }],
      ['project', 0, { 'loki.project.id': 'proj-1' }],
    ])
    const [task, project] = spans.slice(-2)
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(task?.parentSpanId).toBe(project?.spanId)
    expect(new Set(spans.slice(0, -2).map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([task?.spanId]))
  })

  it('take what is no phase, name or verdict without throwing', async () => {
    const nothing = undefined as unknown as 'ACT' // callers in JavaScript pass anything
    const spans = await spansOf((telemetry) => {
      telemetry.startRARVSpan(undefined, nothing).end()
      telemetry.startQualityGateSpan(undefined, nothing, nothing).end()
      telemetry.startCouncilSpan(undefined, nothing, nothing).end()
      telemetry.startSpan(nothing).end()
    })
    expect(spans).toHaveLength(4)
  })
})

function gate(name: string, result: string, passed: boolean): object {
  return {
    'loki.quality_gate.name': name,
    'loki.quality_gate.result': result,
    'loki.quality_gate.passed': passed,
  }
}

function council(verdict: string, approved: boolean): object {
  return { 'loki.council.reviewer': 'security', 'loki.council.verdict': verdict, 'loki.council.approved': approved }
}

describe('the spans of governance', () => {
  it('say what was decided, asked, started and called, and a denial is no error', async () => {
    const spans = await spansOf((telemetry) => {
      telemetry
        .startDecisionSpan(undefined, {
          kind: 'command',
          decision: 'DENY',
          rule: 'no-rm',
          host: 'claude',
          tool: 'Bash',
          session: 's',
          agent: 'a',
          digest: 'sha256:1',
        })
        .end()
      telemetry.startApprovalSpan(undefined, { id: 'apr-1', rule: 'deploy', outcome: 'approved' }).end()
      telemetry.startSandboxSpan(undefined, { backend: 'docker', image: 'node:20', network: 'none' }).end()
      telemetry
        .startIntegrationSpan(undefined, { integration: 'jira', operation: 'createIssue', server: 'x.atlassian.net' })
        .end()
    })
    expect(spans.map(plain)).toEqual([
      [
        'guard.decision',
        0,
        {
          'loki.action.kind': 'command',
          'loki.decision': 'DENY',
          'loki.rule': 'no-rm',
          'loki.action.host': 'claude',
          'loki.action.tool': 'Bash',
          'loki.session.id': 's',
          'loki.agent.name': 'a',
          'loki.action.digest': 'sha256:1',
        },
      ],
      ['approval', 0, { 'loki.approval.id': 'apr-1', 'loki.rule': 'deploy', 'loki.approval.outcome': 'approved' }],
      [
        'sandbox.start',
        0,
        { 'loki.sandbox.backend': 'docker', 'loki.sandbox.image': 'node:20', 'loki.sandbox.network': 'none' },
      ],
      [
        'integration.jira.createIssue',
        0,
        {
          'loki.integration.name': 'jira',
          'loki.integration.operation': 'createIssue',
          'server.address': 'x.atlassian.net',
        },
      ],
    ])
    expect(spans.at(-1)?.kind).toBe(3)
  })
})

describe('the spans of GenAI', () => {
  it('have the names of the conventions, and input tokens hold what came from a cache', async () => {
    const spans = await spansOf((telemetry) => {
      const facts = { agent: 'claude', provider: 'claude', model: 'claude-opus-4-5', conversation: 'ses-1' }
      const agent = telemetry.startInvokeAgentSpan(undefined, facts)
      telemetry.startToolSpan(agent, { tool: 'Bash', type: 'function', callId: 'call-1' }).end()
      setUsage(agent, { input: 10, cacheRead: 90, output: 5, model: 'claude-opus-4-5-20251101' }).end()
    })
    expect(spans.map(plain)).toEqual([
      [
        'execute_tool Bash',
        0,
        {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'Bash',
          'gen_ai.tool.type': 'function',
          'gen_ai.tool.call.id': 'call-1',
        },
      ],
      [
        'invoke_agent claude',
        0,
        {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': 'claude',
          'gen_ai.provider.name': 'anthropic',
          'gen_ai.request.model': 'claude-opus-4-5',
          'gen_ai.conversation.id': 'ses-1',
          'loki.session.id': 'ses-1',
          'gen_ai.usage.input_tokens': '100',
          'gen_ai.usage.output_tokens': '5',
          'gen_ai.usage.cache_read.input_tokens': '90',
          'gen_ai.response.model': 'claude-opus-4-5-20251101',
        },
      ],
    ])
  })
})
