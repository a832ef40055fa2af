import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testProject } from './project.js'

const project = testProject()
const LIMIT_MS = 50
const BYTES = 262_144

/** What opening took of the processor: other work on the machine does not count. */
function open(text: string): { readonly ms: number; readonly problems: number; readonly decision: string } {
  const file = project.write('policy.yaml', text)
  const start = process.cpuUsage()
  const policies = project.open({ file })
  const { user, system } = process.cpuUsage(start)
  const { decision } = policies.decide(project.input({ kind: 'file_read', paths: ['src/a'], cwd: project.dir }))
  return { ms: (user + system) / 1000, problems: policies.problems.length, decision }
}

const fill = (text: string, length = BYTES - 100): string => text.repeat(Math.floor(length / text.length))
const entries = (entry: string, length = BYTES - 100): string => {
  let all = 'pre_execution:\n'
  for (let index = 0; all.length + entry.length + 30 < length; index += 1)
    all += `  - {name: r${index}, action: deny, ${entry}}\n`
  return all
}

const HOSTILE: readonly (readonly [string, string])[] = [
  ['brackets', fill('[')],
  ['braces', fill('{a: ')],
  ['dashes', fill('- ')],
  ['question marks', fill('? ')],
  ['indents', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
  ['quotes', fill('"')],
  ['lines', fill('\n')],
  ['comments', fill('# x\n')],
  ['tags', fill('- !!binary x\n')],
  ['documents', fill('---\n')],
  ['merges', fill('<<: *x\n')],
  ['anchors that double', Array.from({ length: 30 }, (_, n) => `a${n}: &a${n} [*a${n - 1}, *a${n - 1}]\n`).join('')],
  ['a flow list', `[${fill('a,')}]`],
  ['a key', `pre_execution: [{${fill('a', 200_000)}: 1}]`],
  ['a text', `pre_execution: ${fill('a', 200_000)}`],
  ['rules', entries('command: git push')],
  ['unknown keys', entries('comand: x')],
  ['command patterns', entries(`command: '${fill('x ', 480)}'`)],
  ['nested substitutions as patterns', entries(`command: '${fill('$(', 300)}'`)],
  ['globs', entries(`path: '${fill('{a,b}', 30)}'`)],
  ['stars', entries(`path: '${fill('**/*a/', 240)}', tests: [{path: '${fill('a/', 600)}', expect: allow}]`)],
  ['braces in globs', entries(`path: '${fill('{', 240)}'`)],
  ['expressions', entries(`when: 'true ${fill('|| true ', 600)}'`)],
  ['brackets in expressions', entries(`when: '${fill('(', 900)}'`)],
  ['negations', entries(`when: '${fill('!', 900)}true'`)],
  ['patterns', entries('when: \'kind.matches("(a+)+$|[a-z]{64}")\', tests: [{kind: other, expect: allow}]')],
  [
    'patterns of data',
    `data:\n${fill("  - {name: x, type: pii_detection, action: deny, patterns: ['\\pL{900}', '(a*)*$']}\n")}`,
  ],
  ['tests', entries(`command: x, tests: [{command: '${fill('(a;', 90)}b${fill(')', 30)}', expect: allow}]`)],
  [
    'nested macros',
    entries(
      "when: 'commands.exists(a, commands.exists(b, a.args == b.args))', tests: [{command: 'a;a;a;a;a;a', expect: deny}]",
    ),
  ],
]

describe('opening a policy', () => {
  it.each(HOSTILE)(`of nothing but %s takes no more than ${LIMIT_MS} ms and denies or loads`, (_name, text) => {
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 8 && least > LIMIT_MS; round += 1) {
      const { ms, problems, decision } = open(text.slice(0, BYTES))
      least = Math.min(least, ms)
      expect(decision).toBe(problems > 0 ? 'DENY' : decision)
    }
    expect(least).toBeLessThanOrEqual(LIMIT_MS)
  })

  it('never throws, whatever stands in the file', () => {
    const pieces = fc.constantFrom(
      ...'policies: pre_execution: data: resource: pack: opaque: name: command: path: branch: service: url: when: tests: expect: action: deny allow strict'.split(
        ' ',
      ),
      ...[
        '\n',
        '\n  ',
        '\n    - ',
        ' ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        ',',
        ': ',
        '"',
        "'",
        '|',
        '>',
        '#',
        '&a ',
        '*a',
        '!',
        '? ',
      ],
      ...[
        'git push',
        '**/*.ts',
        'main',
        'kind == "x"',
        'true',
        '1',
        '.nan',
        'null',
        '~',
        '\t',
        '\0',
        '😀',
        '\\',
        '\ud800',
      ],
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 80 }), (parts) => {
        const { problems, decision } = open(parts.join(''))
        expect(problems > 0 ? decision : 'DENY').toBe('DENY')
      }),
      { numRuns: 500 },
    )
  })

  it('never throws for a policy of which one place was changed', () => {
    const whole = `policies:
  pre_execution:
    - {name: a, command: [git push, 'rm -rf *'], path: src/**, branch: main, action: deny, on_missing: allow}
    - {name: b, when: 'commands.exists(c, c.program.matches("^g"))', action: warn, tests: [{command: git x, expect: warn}]}
    - {name: c, service: {name: x, source: y}, url: "*.example", action: require_approval}
  data:
    - {name: d, type: secret_detection, action: deny, allow: [{fingerprint: x, until: "2030-01-01", reason: y}]}
pack: strict
`
    expect(open(whole).problems).toBe(0)
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(6), fc.string({ maxLength: 6, unit: 'binary' }), (at, gone, put) => {
        const { problems, decision } = open(whole.slice(0, at) + put + whole.slice(at + gone))
        expect(problems > 0 ? decision : 'DENY').toBe('DENY')
      }),
      { numRuns: 500 },
    )
  })
})

describe('expressions and matchers', () => {
  it('never throw, whatever the action holds', () => {
    const file = project.write(
      'all.yaml',
      `pre_execution:
  - {name: a, command: 'git push', path: ['**/x', '~/y'], branch: main, url: '*.e', action: deny}
  - {name: b, when: 'files.exists(f, glob(f.path, "*.x")) || branches.size() > 1 || hostname(url) == "x"', action: deny}
  - {name: c, service: 'a/b', tool: 'x*', agent: y, action: allow}
`,
    )
    const policies = project.open({ file })
    const word = fc.string({ maxLength: 40, unit: 'binary' })
    const option = fc.option(word, { nil: undefined })
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom('command', 'file_read', 'network', 'mcp_tool', 'git', 'agent', '__proto__'),
          command: option,
          url: option,
          tool: option,
          branch: option,
          agent: option,
          paths: fc.option(fc.array(word, { maxLength: 4 }), { nil: undefined }),
          server: fc.option(fc.record({ name: word, source: option }), { nil: undefined }),
        }),
        (input) => {
          const { decision } = policies.decide(project.input(input))
          expect(['ALLOW', 'DENY', 'REQUIRE_APPROVAL']).toContain(decision)
          expect(policies.explain(project.input(input)).evaluation.decision).toBe(decision)
        },
      ),
      { numRuns: 300 },
    )
  })
})
