import type { Argument } from './analysis.js'
import { programName } from './program.js'
import { isShell } from './shell-program.js'
import type { Call, Shell } from './shell.js'
import { WRAPPERS } from './wrapper-table.js'

// Programs whose words are texts or names, whatever they look like.
const QUIET =
  /^(echo|printf|grep|egrep|fgrep|rg|ag|ack|git|gh|glab|cat|ls|man|info|whatis|apropos|which|type|whereis|test|\[|\[\[|basename|dirname|expr|jq|yq|awk|gawk|sed|diff|touch|mkdir|cp|mv|rm|ln|tee|head|tail|wc|say|notify-send|logger|wall|write|mail|curl|wget|export|alias|hash|help|compgen|complete|tldr|cheat|fzf|npm|pnpm|yarn|pip|pip3|apt|apt-get|brew|cargo|go|claude|codex|gemini)$/

/** A command among the words of a program that nobody knows: most likely it is one that starts others. */
export function runEmbedded(program: string, call: Call, shell: Shell): void {
  if (QUIET.test(program) || WRAPPERS.has(program)) return
  const { argv } = call
  const script = argv.findIndex((word, index) => index > 0 && isScript(word, argv[index + 1]))
  if (script > 0) shell.dispatch({ ...call, argv: argv.slice(script), input: { kind: 'none' } })
  // Whether it runs is known to that program alone.
  if (argv.some((word, index) => index > 0 && isRemoval(word, argv[index + 1])))
    shell.opaque('command_name', argv.map((word) => word.text).join(' '))
}

function isScript(word: Argument, next: Argument | undefined): boolean {
  return word.known && next !== undefined && isShell(programName(word.text)) && /^-[a-z]*c$/.test(next.text)
}

function isRemoval(word: Argument, next: Argument | undefined): boolean {
  const program = programName(word.text)
  if (!word.known || next === undefined) return false
  return program === 'sudo' || (program === 'rm' && /^-[a-zA-Z]*[rR]|^--recursive$/.test(next.text))
}
