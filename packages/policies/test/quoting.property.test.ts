import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openPolicies } from '../src/index.js'
import { PACK } from '../src/pack/pack.js'

const dir = '/workspace/project'
const policies = openPolicies({
  projectDir: dir,
  enabled: true,
  env: { HOME: '/home/me', LOKI_POLICY_PACK: 'strict' },
})
const decide = (command: string): string =>
  policies.decide({ kind: 'command', cwd: dir, projectDir: dir, command }).decision
const SEED = 20_261_121
const bash = spawnSync('bash', ['-c', 'exit 0']).status === 0
if (!bash) console.log('skipped: no bash to compare with')

/** Plain commands that are denied or asked about, as lists of words without anything that a shell would undo. */
const HARMFUL: readonly (readonly string[])[] = [
  ['rm', '-rf', '/'],
  ['/bin/rm', '-r', '-f', '/etc'],
  ...PACK.flatMap((rule) => rule.examples.deny)
    .filter((command) => /^[\w./:@=+,% -]+$/.test(command) && !/(^|\s)\w+=/.test(command))
    .map((command) => command.split(/ +/)),
]

const single = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** One character in a spelling that bash undoes. */
function spellings(char: string): readonly string[] {
  const code = char.charCodeAt(0)
  return [
    char,
    `'${char}'`,
    `"${char}"`,
    `\\${char}`,
    `$'\\x${code.toString(16).padStart(2, '0')}'`,
    `$'\\${code.toString(8).padStart(3, '0')}'`,
    `$'\\u${code.toString(16).padStart(4, '0')}'`,
    `${char}""`,
    `''${char}`,
    `${char}\\\n`,
    `$"${char}"`,
  ]
}

const spelled = (word: string): fc.Arbitrary<string> =>
  fc.tuple(...Array.from(word).map((char) => fc.constantFrom(...spellings(char)))).map((parts) => parts.join(''))

const spelledCommand: fc.Arbitrary<{ words: readonly string[]; text: string }> = fc
  .constantFrom(...HARMFUL)
  .chain((words) =>
    fc
      .tuple(fc.tuple(...words.map(spelled)), fc.constantFrom(' ', '  ', '\t', ' \\\n'))
      .map(([parts, gap]) => ({ words, text: parts.join(gap) })),
  )

/** Ways to say the words of a command through variables. */
const INDIRECT: readonly ((words: readonly string[]) => string)[] = [
  (words) => words.map((word, at) => `v${at}=${single(word)}; `).join('') + words.map((_, at) => `"$v${at}"`).join(' '),
  (words) => words.map((word, at) => `v${at}=${word}; `).join('') + words.map((_, at) => `\${v${at}}`).join(' '),
  (words) => `a=(${words.map(single).join(' ')}); "\${a[@]}"`,
  (words) => `set -- ${words.map(single).join(' ')}; "$@"`,
  (words) => `f() { "$@"; }; f ${words.join(' ')}`,
  (words) => `f() { local x=$1; shift; $x "$@"; }; f ${words.join(' ')}`,
  (words) => `printf -v c %s ${words[0] ?? ''}; $c ${words.slice(1).join(' ')}`,
  (words) => `read c <<< ${words[0] ?? ''}; $c ${words.slice(1).join(' ')}`,
  (words) => `c=x${words[0] ?? ''}; \${c#x} ${words.slice(1).join(' ')}`,
  (words) => `c=${words[0] ?? ''}x; \${c%x} ${words.slice(1).join(' ')}`,
  (words) => `c=_${words[0] ?? ''}; \${c:1} ${words.slice(1).join(' ')}`,
  (words) => `c=${words[0] ?? ''}; r=c; \${!r} ${words.slice(1).join(' ')}`,
  (words) => `$(echo ${words[0] ?? ''}) ${words.slice(1).join(' ')}`,
  (words) => `for c in ${words[0] ?? ''}; do $c ${words.slice(1).join(' ')}; done`,
  (words) => `: \${c:=${words[0] ?? ''}}; $c ${words.slice(1).join(' ')}`,
  (words) => `{${words.join(',')},}`,
  (words) => words.join('${IFS}'),
]

/** Ways to wrap a whole command. */
const WRAPS: readonly ((command: string) => string)[] = [
  (command) => `( ${command} )`,
  (command) => `{ ${command}\n}`,
  (command) => `true && ${command}`,
  (command) => `false || ${command}`,
  (command) => `! ${command}`,
  (command) => `echo "$( ${command} )"`,
  (command) => `if true; then ${command}\nfi`,
  (command) => `while true; do ${command}\nbreak; done`,
  (command) => `case x in *) ${command}\n;; esac`,
  (command) => `f() { ${command}\n}; f`,
  (command) => `cat <( ${command} )`,
  (command) => `bash -c ${single(command)}`,
  (command) => `env -i bash -ec ${single(command)}`,
  (command) => `eval ${single(command)}`,
  (command) => `trap ${single(command)} EXIT`,
  (command) => `bash <<< ${single(command)}`,
  (command) => `echo ${Buffer.from(command).toString('base64')} | base64 -d | sh`,
  (command) => `printf %s ${single(command)} | sh`,
  (command) => `printf %s ${single(command)} > x.sh; sh x.sh`,
  (command) => `source <(printf %s ${single(command)})`,
  (command) => `timeout 9 sh -c ${single(command)}`,
  (command) => `xargs -I@@ sh -c ${single(command)} < names`,
  (command) => `find . -maxdepth 0 -exec sh -c ${single(command)} ';'`,
]

const wrapped = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(inner, fc.array(fc.constantFrom(...WRAPS), { maxLength: 3 }))
    .map(([command, wraps]) => wraps.reduce((text, wrap) => wrap(text), command))

describe('the spellings of these tests', () => {
  it.skipIf(!bash)('are undone by bash to the words that they were made of', () => {
    const samples = fc.sample(spelledCommand, { numRuns: 200, seed: SEED })
    const script = samples.map(({ text }) => `printf '%s\\0' ${text}; printf '\\1'`).join('\n')
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8', maxBuffer: 1 << 24 })
    expect(stdout.split('\u0001').slice(0, -1)).toEqual(
      samples.map(({ words }) => words.map((word) => `${word}\0`).join('')),
    )
  })

  it.skipIf(!bash)('and wrappings are bash', () => {
    const samples = fc.sample(wrapped(spelledCommand.map(({ text }) => text)), { numRuns: 60, seed: SEED })
    for (const script of samples)
      expect([script, spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr]).toEqual([script, ''])
  })
})

describe('a harmful command in a disguise that bash undoes', () => {
  const notAllowed = (command: string): boolean => decide(command) !== 'ALLOW'

  it('is harmful without one', () => {
    for (const words of HARMFUL) expect([words, notAllowed(words.join(' '))]).toEqual([words, true])
  })

  it('is not allowed when it is spelled otherwise', () => {
    fc.assert(
      fc.property(spelledCommand, ({ text }) => notAllowed(text)),
      { numRuns: 600, seed: SEED },
    )
  })

  it('is not allowed when its words come from variables', () => {
    fc.assert(
      fc.property(fc.constantFrom(...HARMFUL), fc.constantFrom(...INDIRECT), (words, indirect) =>
        notAllowed(indirect(words)),
      ),
      { numRuns: 600, seed: SEED },
    )
  })

  it('is not allowed when it is wrapped, however it is spelled', () => {
    const inner = fc.oneof(
      spelledCommand.map(({ text }) => text),
      fc.tuple(fc.constantFrom(...HARMFUL), fc.constantFrom(...INDIRECT)).map(([words, indirect]) => indirect(words)),
    )
    fc.assert(fc.property(wrapped(inner), notAllowed), { numRuns: 800, seed: SEED })
  })

  it('is not allowed among other commands', () => {
    const harmless = fc.constantFrom('ls', 'npm test', 'echo hi', 'cd src', 'x=1', 'git status')
    const glue = fc.constantFrom('; ', ' && ', ' || ', ' | ', ' & ', '\n')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(harmless, glue), { maxLength: 4 }),
        spelledCommand,
        glue,
        harmless,
        (before, { text }, after, last) =>
          notAllowed(before.map(([one, two]) => one + two).join('') + text + after + last),
      ),
      { numRuns: 400, seed: SEED },
    )
  })
})
