import type { Argument } from './analysis.js'
import { BUILTINS } from './builtin.js'
import { recordFiles } from './file-operand.js'
import { runFind, runParallel, runXargs } from './find.js'
import { runGit } from './git-run.js'
import { isInterpreter, readWrittenCode, runInterpreter } from './interpreter.js'
import { runEmbedded } from './embedded.js'
import { runLaunched } from './launch.js'
import { assignPrinted, outputOf } from './output.js'
import { programName } from './program.js'
import { isShell, runShell } from './shell-program.js'
import type { Call, Shell } from './shell.js'
import { type Flow, literal, same } from './state.js'
import { unwrap } from './wrapper.js'

const LOGINS = new Set(['sudo', 'su', 'doas', 'runuser', 'chroot', 'unshare', 'nsenter'])

export { programName }

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

  const copied = head.text.includes('/') ? shell.files.read(state, head)?.program : undefined
  const program = programName(copied ?? head.text)
  // A letter of another script that looks like one of a program's name, or a blank that is none: nobody can tell what was meant.
  if (/(?![a-z ])[\p{L}\p{Z}\p{Cf}]/u.test(program)) shell.opaque('command_name', head.text)
  const written = runWritten(head, call, shell)
  if (written !== undefined) return written
  const stdin = call.input.kind === 'text' ? { stdin: call.input.text } : {}
  shell.record({ program, argv: call.argv, cwds: state.cwds, remote: state.remote, ...stdin })
  const builtin = BUILTINS.get(program)
  if (builtin !== undefined) return builtin(call, shell)
  if (isShell(program)) return runShell(program, call, shell)
  if (program === 'find') return runFind(call, shell)
  if (program === 'xargs') return runXargs(call, shell)
  if (program === 'parallel') return runParallel(call, shell)
  if (program === 'git') runGit(call, shell)
  else if (SUBCOMMANDS.test(program) && firstOperand(call.argv)?.known === false)
    shell.opaque('command_name', call.argv.map((word) => word.text).join(' '))

  if (program === 'printf' && call.argv[1]?.text === '-v') return assignPrinted(call)

  runLaunched(program, call, shell)
  const inner = unwrap(program, call, shell)
  if (inner !== undefined) {
    if (inner.kind === 'script') return shell.nested(inner.source, inner.state, call.input)
    if (inner.argv.length > 0) return shell.dispatch({ ...call, argv: inner.argv, state: inner.state })
    // `sudo -s` and `su` without a command start a shell, which reads its input.
    return LOGINS.has(program)
      ? runShell('sh', { ...call, argv: [literal('sh')] }, shell)
      : outputOf(program, call, shell)
  }
  if (isInterpreter(program)) runInterpreter(program, call, shell)
  else runEmbedded(program, call, shell)
  recordFiles(program, call, shell)
  return outputOf(program, call, shell)
}

// What they do depends on their first operand, up to destroying all they reach.
const SUBCOMMANDS =
  /^(docker|podman|kubectl|oc|helm|aws|gcloud|az|terraform|tofu|pulumi|npm|pnpm|yarn|gh|glab|systemctl|zfs|zpool)$/

function firstOperand(argv: readonly Argument[]): Argument | undefined {
  return argv.slice(1).find((word) => !word.text.startsWith('-'))
}

/** A file that the script itself has written and now runs by its path. */
function runWritten(head: Argument, call: Call, shell: Shell): Flow | undefined {
  if (!head.text.includes('/')) return undefined
  const content = shell.files.read(call.state, head)
  if (content === undefined) return undefined
  if (content.download) shell.runsDownload(head.text)
  else if (content.text !== undefined) {
    const [, interpreter] =
      /^#!\s*\S*?(?:env\s+(?:-S\s+)?)?([\w.-]+)(?:\s|$)/.exec(content.text.replace(/^(#!\s*)\S*\//, '$1')) ?? []
    const program = interpreter === undefined || isShell(interpreter) ? 'sh' : interpreter
    if (program === 'sh') {
      const inside = { ...call.state, positional: call.argv.slice(1) }
      return shell.files.run(call.state, head, (text) => shell.nested(text, inside, call.input))
    }
    readWrittenCode(program, content.text, { call, shell })
  } else if (content.decoded) shell.opaque('script', head.text)
  return undefined
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
