import { describe, expect, it } from 'vitest'
import { decideCommand, testProject } from './project.js'

const project = testProject()
const policies = project.open()
const ROUNDS = 600

/** A small generator with a fixed seed, so that a failure can be run again. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

type Random = () => number
const pick = <T>(random: Random, all: readonly T[]): T => {
  const one = all[Math.floor(random() * all.length)]
  if (one === undefined) throw new Error('nothing to pick')
  return one
}

/** The same word in a spelling that bash undoes. */
function spell(word: string, random: Random): string {
  const character = (char: string): string =>
    pick(random, [
      char,
      `'${char}'`,
      `"${char}"`,
      /[a-zA-Z]/.test(char) ? `\\${char}` : char,
      `$'\\x${char.charCodeAt(0).toString(16)}'`,
      `$'\\${char.charCodeAt(0).toString(8).padStart(3, '0')}'`,
      `${char}""`,
      `${char}\\\n`,
    ])
  return Array.from(word).map(character).join('')
}

const WRAPPERS: readonly ((command: string) => string)[] = [
  (command) => `sudo ${command}`,
  (command) => `env A=b ${command}`,
  (command) => `nohup ${command}`,
  (command) => `timeout 9 ${command}`,
  (command) => `(${command})`,
  (command) => `{ ${command}; }`,
  (command) => `true && ${command}`,
  (command) => `echo "$(${command})"`,
  (command) => `if true; then ${command}; fi`,
  (command) => `f() { ${command}; }; f`,
  (command) => `bash -c '${command.replaceAll("'", `'\\''`)}'`,
  (command) => `eval '${command.replaceAll("'", `'\\''`)}'`,
  (command) => `bash <<'EOT'\n${command}\nEOT`,
  (command) => `echo ${Buffer.from(command).toString('base64')} | base64 -d | sh`,
]

function disguise(random: Random): string {
  const flags = pick(random, [['-rf'], ['-r', '-f'], ['-fr'], ['-R', '--force'], ['--recursive', '--force'], ['-rvf']])
  const target = pick(random, ['/', '/*', '/etc', '..', '/usr/../etc'])
  const words = [pick(random, ['rm', '/bin/rm', 'command rm']).split(' '), flags]
    .flat()
    .map((word) => spell(word, random))
  const gap = (): string => pick(random, [' ', '  ', '\t', ' \\\n'])
  // A wildcard must stay unquoted to be one.
  let command = [...words, target.includes('*') ? target : spell(target, random)].reduce(
    (all, word) => all + gap() + word,
  )
  for (let times = Math.floor(random() * 3); times > 0; times -= 1) {
    const wrap = pick(random, WRAPPERS)
    // Wrapper programs take a simple command, and a here-document ends a line.
    if (/^(sudo|env|nohup|timeout)/.test(wrap('x')) && /^[({]|^(true|if|f\(|echo|bash <)|[|;]/.test(command)) continue
    if (command.includes('<<')) break
    command = wrap(command)
  }
  return command
}

describe('rm -rf / in a disguise that bash undoes', () => {
  it('is never allowed', () => {
    const random = generator(20_261_121)
    for (let round = 0; round < ROUNDS; round += 1) {
      const command = disguise(random)
      expect([command, decideCommand(project, command, policies).decision]).toEqual([command, 'DENY'])
    }
  })
})
