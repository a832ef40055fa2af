import type { Argument } from './analysis.js'
import { pathUse } from './path-use.js'
import { PROCESS_PATH, type Call, type Shell } from './shell.js'
import { type Flow, type Input, same } from './state.js'

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'ksh93', 'mksh', 'rbash', 'yash', 'posh'])
// Their languages are others than the one that is parsed here.
const FOREIGN = new Set(['fish', 'pwsh', 'powershell', 'cmd', 'csh', 'tcsh', 'nu', 'elvish', 'xonsh'])
const VALUES = new Set(['-o', '+o', '-O', '+O', '--rcfile', '--init-file'])

export function isShell(program: string): boolean {
  return SHELLS.has(program) || FOREIGN.has(program)
}

/** A shell that is started: its `-c` text, its standard input or its script. */
export function runShell(program: string, call: Call, shell: Shell): Flow {
  const { command, stdin, operands } = readArguments(call.argv)
  // `bash -n` only checks the syntax.
  if (!FOREIGN.has(program) && call.argv[1]?.text === '-n' && !call.argv[2]?.text.startsWith('+'))
    return same(call.state)
  if (FOREIGN.has(program)) {
    if (command || call.input.kind === 'text' || call.input.kind === 'unknown')
      shell.opaque('script', call.argv.map((word) => word.text).join(' '))
    return same(call.state)
  }
  if (command) {
    const [text, , ...positional] = operands
    if (text === undefined) return same(call.state)
    if (text.known) return inside(shell.nested(text.text, { ...call.state, positional }, call.input), call)
    shell.opaque(call.download ? 'remote_script' : 'script', text.text)
    return same(call.state)
  }
  const [file] = operands
  const input = file === undefined || stdin || file.text === '-' ? call.input : descriptorInput(file, call)
  if (input !== undefined) {
    if (input.kind === 'text') return inside(shell.nested(input.text, call.state), call)
    if (input.kind === 'unknown') shell.opaque(input.download ? 'remote_script' : 'script', `… | ${program}`)
    return same(call.state)
  }
  if (file === undefined) return same(call.state)
  if (file.text === PROCESS_PATH && call.process !== undefined) return inside(runInput(call.process, call, shell), call)
  const content = shell.files.read(call.state, file)
  if (content?.download === true) shell.runsDownload(file.text)
  else if (content?.text !== undefined)
    return inside(
      shell.files.run(call.state, file, (text) =>
        shell.nested(text, { ...call.state, positional: operands.slice(1) }, call.input),
      ) ?? same(call.state),
      call,
    )
  else if (content?.decoded === true) shell.opaque('script', file.text)
  shell.use(pathUse({ argument: file, state: call.state, access: 'read', program }))
  return same(call.state)
}

/** What the file that names an open descriptor holds; undefined for other files. */
export function descriptorInput({ text }: Argument, { input, state }: Call): Input | undefined {
  const number = /^\/dev\/(?:stdin|fd\/(\d+))$|^\/proc\/(?:self|\d+|\$\$)\/fd\/(\d+)$/.exec(text)
  if (number === null) return undefined
  const name = number[1] ?? number[2] ?? '0'
  return name === '0' ? input : state.descriptors.get(name)
}

/** Text that a shell reads from a pipe: walked where it is known. */
export function runInput({ out, download }: Pick<Flow, 'out' | 'download'>, call: Call, shell: Shell): Flow {
  if (out !== undefined) return shell.nested(out, call.state)
  shell.opaque(download ? 'remote_script' : 'script', call.argv.map((word) => word.text).join(' '))
  return same(call.state)
}

// What a child shell changes is gone when it ends.
function inside(flow: Flow, call: Call): Flow {
  return { ...flow, ok: call.state, fail: call.state }
}

interface ShellArguments {
  readonly command: boolean
  readonly stdin: boolean
  readonly operands: readonly Argument[]
}

function readArguments(argv: readonly Argument[]): ShellArguments {
  let command = false
  let stdin = false
  let at = 1
  for (; at < argv.length; at += 1) {
    const text = argv[at]?.text ?? ''
    if (text === '--' || text === '-') {
      at += text === '--' || command ? 1 : 0
      break
    }
    if (!/^[-+]./.test(text)) break
    if (VALUES.has(text)) at += 1
    else if (/^-[A-Za-z]+$/.test(text)) {
      if (text.includes('c')) command = true
      if (text.includes('s')) stdin = true
      if (/[oO]$/.test(text)) at += 1
    } else if (/^[/-](?:[cC]|command|Command)$/.test(text)) command = true
  }
  return { command, stdin, operands: argv.slice(at) }
}
