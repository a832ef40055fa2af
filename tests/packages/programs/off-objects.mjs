// How each package is opened when nothing turns it on, and one call of everything its object can do. A package without
// an `openX` says why. The suite fails when a package is missing here, and when an object has a call that is not made.
export const offObjects = {
  audit: {
    open: ({ openAudit }) => openAudit({ env: {} }),
    calls: {
      record: async (log) => expectSame(await log.record({ who: 'cli:test', what: 'nothing' }), undefined),
      readEntries: async (log) => {
        for await (const entry of log.readEntries()) throw new Error(`gave ${JSON.stringify(entry)}`)
      },
      verifyChain: async (log) => expectSame((await log.verifyChain()).valid, false),
      close: async (log) => log.close(),
    },
  },
  events: {
    open: ({ openEvents }) => openEvents({ env: {} }),
    calls: {
      emit: async (bus) => expectSame(await bus.emit({ type: 'task', source: 'cli', payload: {} }), undefined),
      subscribe: async (bus) => bus.subscribe({ group: 'test' }, () => undefined).close(),
      close: async (bus) => bus.close(),
    },
  },
  otel: {
    open: ({ openTelemetry }) => openTelemetry({ env: {} }),
    calls: {
      startSpan: (telemetry) => expectInert(telemetry.startSpan('work')),
      startProjectSpan: (telemetry) => expectInert(telemetry.startProjectSpan('p1')),
      startTaskSpan: (telemetry) => expectInert(telemetry.startTaskSpan(undefined, 't1')),
      startRARVSpan: (telemetry) => expectInert(telemetry.startRARVSpan(undefined, 'ACT')),
      startQualityGateSpan: (telemetry) => expectInert(telemetry.startQualityGateSpan(undefined, 'tests', 'pass')),
      startAgentSpan: (telemetry) => expectInert(telemetry.startAgentSpan(undefined, 'claude', 'spawn')),
      startCouncilSpan: (telemetry) => expectInert(telemetry.startCouncilSpan(undefined, 'security', 'approve')),
      startDecisionSpan: (telemetry) =>
        expectInert(telemetry.startDecisionSpan(undefined, { kind: 'command', decision: 'DENY' })),
      startApprovalSpan: (telemetry) => expectInert(telemetry.startApprovalSpan(undefined, { id: 'apr-1' })),
      startSandboxSpan: (telemetry) => expectInert(telemetry.startSandboxSpan(undefined, { backend: 'docker' })),
      startIntegrationSpan: (telemetry) =>
        expectInert(telemetry.startIntegrationSpan(undefined, { integration: 'jira', operation: 'createIssue' })),
      startInvokeAgentSpan: (telemetry) => expectInert(telemetry.startInvokeAgentSpan(undefined, { agent: 'claude' })),
      startToolSpan: (telemetry) => expectInert(telemetry.startToolSpan(undefined, { tool: 'Bash' })),
      counts: (telemetry) => {
        telemetry.metrics.decisions.add(1, { decision: 'ALLOW' })
        telemetry.metrics.tasks.set(1, { status: 'pending' })
        telemetry.metrics.hookDuration.record(0.01)
        expectSame(telemetry.metrics.render().body, '')
        expectSame(telemetry.counts().traces.delivered, 0)
      },
      flush: async (telemetry) => expectSame(await telemetry.flush(), undefined),
      close: async (telemetry) => expectSame(await telemetry.close(), undefined),
    },
  },
  policies: {
    open: ({ openPolicies }, { projectDir }) => openPolicies({ projectDir, env: {} }),
    calls: {
      evaluate: (policies, { input }) => expectSame(policies.evaluate('pre_execution', input).decision, 'ALLOW'),
      decide: (policies, { input }) => expectSame(policies.decide(input).decision, 'ALLOW'),
      explain: (policies, { input }) => expectSame(policies.explain(input).rules.length, 0),
      describe: (policies) => expectSame(policies.describe().length, 0),
    },
    // Whether a policy file exists is what turns it on, so it has to look; it looks nowhere else.
    looksIn: ({ projectDir }) => [projectDir, '/etc/loki/policies.yaml'],
  },
  approvals: {
    open: ({ openApprovals }, { projectDir }) => openApprovals({ dir: `${projectDir}/.loki/approvals`, env: {} }),
    calls: {
      ask: async (queue) => expectOff(queue.ask(QUESTION)),
      answer: async (queue) => expectOff(queue.answer('apr-1', { outcome: 'approved', by: 'cli:test' })),
      take: async (queue) => expectSame(await queue.take('sha256:a', 'ses-1'), undefined),
      wait: async (queue) => expectOff(queue.wait('apr-1')),
      get: async (queue) => expectOff(queue.get('apr-1')),
      list: async (queue) => expectSame((await queue.list()).length, 0),
    },
  },
  costs: {
    open: ({ openCosts }) => openCosts({ env: {} }),
    calls: {
      reserve: async (ledger) => expectSame((await ledger.reserve(CALL, { micros: 1 })).granted, true),
      settle: async (ledger) => expectSame((await ledger.settle('id', { usage: {} })).micros, null),
      release: async (ledger) => expectSame(await ledger.release('id'), undefined),
      record: async (ledger) => expectSame((await ledger.record(CALL, { usage: {} })).micros, null),
      raise: async (ledger) => expectSame(await ledger.raise('day', '2026-11-21', { by: 'cli:test' }), undefined),
      budgets: async (ledger) => expectSame((await ledger.budgets()).length, 0),
      calls: async (ledger) => expectSame((await ledger.calls()).length, 0),
    },
  },
  guard: { reason: 'a guard that is off would let everything through: who wants none opens none' },
  mcp: { reason: 'it has no open call: nothing runs before a gateway is started' },
  runner: { reason: 'it has no open call: nothing runs before startSession' },
}

const CALL = { project: '/home/dev/shop', session: 'ses-1', provider: 'claude' }

/** A span that keeps nothing takes every call, and has no trace to pass on. */
function expectInert(span) {
  span.setAttribute('a', 1).setAttributes({ b: 2 }).addEvent('c').setStatus('error').recordError(new Error('d')).end()
  expectSame(span.recording, false)
  expectSame(span.traceparent, '')
}

const QUESTION = { subject: 'sha256:a', session: 'ses-1', requestedBy: 'agent:x', summary: 'x', reason: 'x' }

/** A question that nobody can answer is refused at once, with how to turn the queue on. */
async function expectOff(asked) {
  const error = await asked.then(
    () => undefined,
    (thrown) => thrown,
  )
  if (!/approvals are off/.test(error?.message ?? '')) throw new Error(`expected a refusal, got ${String(error)}`)
}

function expectSame(value, expected) {
  if (value !== expected) throw new Error(`expected ${String(expected)}, got ${JSON.stringify(value)}`)
}
