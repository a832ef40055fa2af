import { describe, expect, it } from 'vitest'
import { fencesOf, helpProblem, lokiCommands, matchesOutput, programsOf } from './fences.js'

describe('an output that a README shows', () => {
  it.each([
    ['another word', 'one', 'two'],
    ['a line more', 'one', 'one\ntwo'],
    ['a line less', 'one\ntwo', 'one'],
    ['nothing', 'one', ''],
    ['something where nothing is shown', '', 'one'],
    ['nothing for a placeholder that stands for something', 'id <id>', 'id '],
    ['a placeholder over two lines', 'from <a> to b', 'from\nx to b'],
    ['a pattern taken by its letter', 'a.c', 'abc'],
  ])('does not match %s', (_, shown, printed) => {
    expect(matchesOutput(printed, shown)).toBe(false)
  })

  it.each([
    ['the same', 'one\ntwo', 'one\ntwo\n'],
    ['nothing where nothing is shown', '', '\n'],
    ['any id', 'id <event id> (<n> ms)', 'id 7f-1 (12 ms)'],
    ['the rest of a line, or none', 'took …\nend…', 'took 3 ms\nend'],
    ['lines left out, or none', 'one\n…\ntwo\n…', 'one\nx\ny\ntwo'],
    ['blank lines', 'one\n\ntwo', 'one\n\ntwo'],
  ])('matches %s', (_, shown, printed) => {
    expect(matchesOutput(printed, shown)).toBe(true)
  })
})

describe('a Markdown file', () => {
  it('gives each program with the output that follows it', () => {
    const markdown = '```js\na()\n```\n\nprints\n\n```text\nA\n```\n\n```js\nb()\n```\n\n```sh\nls\n```\n'
    expect(programsOf(fencesOf(markdown))).toEqual([
      { code: 'a()', line: 1, output: 'A' },
      { code: 'b()', line: 11, output: '' },
    ])
  })

  it('with a fence that is never closed is refused', () => {
    expect(() => fencesOf('```js\na()')).toThrow(/line 1/)
  })
})

describe('a shell block', () => {
  it('gives the words of its loki commands, without options and arguments that are no words', () => {
    const script =
      'pnpm i && loki demo # loki x\nloki start PRD.md --provider codex\nloki policy test --command "loki y"'
    expect(lokiCommands(script)).toEqual([['demo'], ['start', 'PRD.md'], ['policy', 'test']])
  })

  it('names a command that does not exist', () => {
    const root = 'Usage: loki [options] [command]\n'
    expect(helpProblem(['nonsense'], root)).toMatch(/no command "nonsense"/)
    expect(helpProblem(['hooks', 'instal'], 'Usage: loki hooks [options] [command]')).toMatch(/no command "instal"/)
    expect(helpProblem(['start'], 'nothing')).toMatch(/usage/)
    expect(helpProblem(['start'], 'Usage: loki stop')).toMatch(/that of "stop"/)
    expect(helpProblem([], root)).toBeUndefined()
    expect(helpProblem(['start', 'PRD.md'], 'Usage: loki start [options] <prd>')).toBeUndefined()
    expect(helpProblem(['hooks', 'install', 'claude'], 'Usage: loki hooks install <host>')).toBeUndefined()
  })
})
