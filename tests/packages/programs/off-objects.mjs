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
  policies: {
    open: ({ openPolicies }, { projectDir }) => openPolicies({ projectDir, env: {} }),
    calls: {
      evaluate: (policies, { input }) => expectSame(policies.evaluate('pre_execution', input).decision, 'ALLOW'),
      decide: (policies, { input }) => expectSame(policies.decide(input).decision, 'ALLOW'),
    },
    // Whether a policy file exists is what turns it on, so it has to look; it looks nowhere else.
    looksIn: ({ projectDir }) => projectDir,
  },
  guard: { reason: 'a guard that is off would let everything through: who wants none opens none' },
  runner: { reason: 'it has no open call: nothing runs before startSession' },
}

function expectSame(value, expected) {
  if (value !== expected) throw new Error(`expected ${String(expected)}, got ${JSON.stringify(value)}`)
}
