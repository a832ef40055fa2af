import { posix } from 'node:path'
import type { Argument } from './analysis.js'
import { BUILTINS } from './builtin.js'
import { recordFiles } from './file-operand.js'
import { runFind, runParallel, runXargs } from './find.js'
import { runGit } from './git.js'
import { isInterpreter, runInterpreter } from './interpreter.js'
import { assignPrinted, outputOf } from './output.js'
import { isShell, runShell } from './shell-program.js'
import type { Call, Shell } from './shell.js'
import { type Flow, literal, same } from './state.js'
import { unwrap } from './wrapper.js'

const LOGINS = new Set(['sudo', 'su', 'doas', 'runuser', 'chroot', 'unshare', 'nsenter'])

/** Understands one command: what it is, what it starts, and which files it uses. */
export function dispatch(call: Call, shell: Shell): Flow {
  const [head] = call.argv
  const { state } = call
  if (head === undefined) return same(state, '')
  if (!head.known || head.glob) {
    shell.opaque(call.download ? 'remote_script' : 'command_name', head.text)
    return same(state)
  }
  const own = runOwn(head, call, shell)
  if (own !== undefined) return own

  const program = programName(head.text)
  const stdin = call.input.kind === 'text' ? { stdin: call.input.text } : {}
  shell.record({ program, argv: call.argv, cwds: state.cwds, remote: state.remote, ...stdin })
  const builtin = BUILTINS.get(program)
  if (builtin !== undefined) return builtin(call, shell)
  if (isShell(program)) return runShell(program, call, shell)
  if (program === 'find') return runFind(call, shell)
  if (program === 'xargs') return runXargs(call, shell)
  if (program === 'parallel') return runParallel(call, shell)
  if (program === 'git') runGit(call, shell)

  if (program === 'printf' && call.argv[1]?.text === '-v') return assignPrinted(call)

  const inner = unwrap(program, call)
  if (inner !== undefined) {
    if (inner.kind === 'script') return shell.nested(inner.source, inner.state, call.input)
    if (inner.argv.length > 0) return shell.dispatch({ ...call, argv: inner.argv, state: inner.state })
    // `sudo -s` and `su` without a command start a shell, which reads its input.
    return LOGINS.has(program) ? runShell('sh', { ...call, argv: [literal('sh')] }, shell) : same(state)
  }
  if (isInterpreter(program)) runInterpreter(program, call, shell)
  recordFiles(program, call, shell)
  return outputOf(program, call)
}

/** Last component of a program's path, lower case, since some file systems do not tell `RM` from `rm`. */
export function programName(text: string): string {
  return posix
    .basename(text)
    .toLowerCase()
    .replace(/\.exe$/, '')
}

/** Functions and aliases of the script itself come before programs. */
function runOwn(head: Argument, call: Call, shell: Shell): Flow | undefined {
  const { state } = call
  const node = state.functions.get(head.text)
  if (node !== undefined) return shell.call(node, { ...state, positional: call.argv.slice(1) }, call.input)
  const alias = state.aliases.get(head.text)
  if (alias === undefined) return undefined
  const aliases = new Map(state.aliases)
  aliases.delete(head.text)
  const rest = call.argv.slice(1).map((argument) => (argument.known ? quote(argument) : argument.text))
  const flow = shell.nested([alias, ...rest].join(' '), { ...state, aliases }, call.input)
  return { ...flow, ok: state, fail: state }
}

function quote(argument: Argument): string {
  return argument.glob ? argument.text : `'${argument.text.replaceAll("'", `'\\''`)}'`
}
