import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import { parseOptions } from './options.js'
import type { Call } from './shell.js'
import { assign, changeFolder, literal, type ShellState, UNKNOWN_VALUE } from './state.js'

interface Wrapper {
  /** Flags whose value is the next word. */
  readonly values?: readonly string[]
  /** Operands before the program's name. */
  readonly operands?: number
  /** `NAME=value` words before the program's name are its environment. */
  readonly environment?: boolean
  /** Flags whose value is a script. */
  readonly script?: readonly string[]
  /** The operands together are a script. */
  readonly joins?: boolean
  /** It runs elsewhere: other machine, other file system. */
  readonly remote?: boolean
  /** Flag whose value is the folder in which the program runs. */
  readonly folder?: readonly string[]
  /** Options may follow operands: `su root -c ...`. */
  readonly permutes?: boolean
  /** First operands that lead to a program (`docker exec`); with others it starts none. */
  readonly verbs?: readonly string[]
}

const NONE: Wrapper = {}
const PACKAGE_RUNNER: Wrapper = { values: ['p', 'package', 'w', 'workspace'], script: ['c', 'call'] }

// Options of docker and podman, for `run` and `exec`, whose value is the next word.
const CONTAINER_VALUES: readonly string[] = [
  ...['e', 'env', 'env-file', 'u', 'user', 'w', 'workdir', 'v', 'volume', 'p', 'publish', 'm', 'memory'],
  ...['name', 'network', 'entrypoint', 'mount', 'label', 'platform'],
]
const CONTAINER = { verbs: ['exec', 'run'], values: CONTAINER_VALUES, operands: 1, remote: true }

const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  [
    'sudo',
    {
      values: ['u', 'g', 'h', 'p', 'C', 'T', 'U', 'r', 't', 'D', 'R', 'user', 'group', 'chdir'],
      environment: true,
      folder: ['D', 'chdir'],
    },
  ],
  ['doas', { values: ['u', 'C'] }],
  ['pkexec', { values: ['user'] }],
  ['su', { values: ['s', 'shell', 'g', 'G'], script: ['c', 'command'], permutes: true }],
  ['runuser', { values: ['u', 'user', 's', 'g', 'G'], script: ['c', 'command'] }],
  [
    'env',
    { values: ['u', 'unset', 'C', 'chdir'], environment: true, script: ['S', 'split-string'], folder: ['C', 'chdir'] },
  ],
  ['exec', { values: ['a'] }],
  ['command', NONE],
  ['builtin', NONE],
  ['nohup', NONE],
  ['setsid', NONE],
  ['time', { values: ['f', 'o', 'format', 'output'] }],
  ['nice', { values: ['n', 'adjustment'] }],
  ['ionice', { values: ['c', 'n', 'class', 'classdata'] }],
  ['chrt', { operands: 1 }],
  ['taskset', { operands: 1 }],
  ['timeout', { values: ['s', 'k', 'signal', 'kill-after'], operands: 1 }],
  ['gtimeout', { values: ['s', 'k'], operands: 1 }],
  ['stdbuf', { values: ['i', 'o', 'e', 'input', 'output', 'error'] }],
  ['unbuffer', NONE],
  ['script', { values: ['T', 'E', 'B', 'I', 'O', 'm'], operands: 1, script: ['c', 'command'] }],
  ['watch', { values: ['n', 'interval'], joins: true }],
  ['entr', NONE],
  ['strace', { values: ['e', 'o', 'p', 's', 'u', 'P', 'E', 'a', 'b', 'I', 'O', 'S', 'X'] }],
  ['ltrace', { values: ['e', 'o', 'p', 's', 'u', 'n', 'a', 'l', 'x'] }],
  ['flock', { values: ['w', 'timeout', 'E'], operands: 1, script: ['c', 'command'] }],
  ['chroot', { values: ['userspec', 'groups'], operands: 1 }],
  ['unshare', { values: ['S', 'G', 'R', 'w'] }],
  ['nsenter', { values: ['t', 'target', 'S', 'G'] }],
  ['firejail', NONE],
  ['fakeroot', NONE],
  ['proot', { values: ['r', 'b', 'w'] }],
  ['setarch', { operands: 1 }],
  ['linux64', NONE],
  ['prlimit', NONE],
  ['systemd-run', { values: ['p', 'u', 'unit', 'property', 'E', 'setenv'] }],
  ['dbus-run-session', NONE],
  ['xvfb-run', { values: ['n', 's', 'e', 'f'] }],
  ['caffeinate', { values: ['t', 'w'] }],
  ['arch', NONE],
  ['busybox', NONE],
  ['toybox', NONE],
  ['ld-linux-x86-64.so.2', { values: ['library-path', 'preload', 'argv0'] }],
  ['npx', PACKAGE_RUNNER],
  ['bunx', NONE],
  ['pnpx', NONE],
  [
    'ssh',
    {
      values: ['b', 'c', 'D', 'E', 'e', 'F', 'I', 'i', 'J', 'L', 'l', 'm', 'O', 'o', 'p', 'Q', 'R', 'S', 'W', 'w', 'B'],
      operands: 1,
      joins: true,
      remote: true,
    },
  ],
  ['docker', { ...CONTAINER, values: [...CONTAINER_VALUES, 'l'] }],
  ['podman', CONTAINER], // its exec takes -l, the latest container, without a value
])

/** What a wrapper starts: a program with its words, or a script. */
export type Wrapped =
  | { readonly kind: 'command'; readonly argv: readonly Argument[]; readonly state: ShellState }
  | { readonly kind: 'script'; readonly source: string; readonly state: ShellState }

/** What `program` starts where it is one that starts others (`sudo`, `env`, `timeout` ...); else undefined. */
export function unwrap(program: string, call: Call): Wrapped | undefined {
  const wrapper = WRAPPERS.get(program)
  if (wrapper === undefined) return undefined
  let argv = call.argv
  if (wrapper.verbs !== undefined) {
    const verb = argv.findIndex((word) => wrapper.verbs?.includes(word.text))
    if (verb < 0) return undefined
    argv = argv.slice(verb)
  }
  const { flags, operands } = parseOptions(argv, {
    values: [...(wrapper.values ?? []), ...(wrapper.script ?? [])],
    posix: wrapper.permutes !== true,
  })
  // `command -v rm` only asks where a program is.
  if (program === 'command' && (flags.has('v') || flags.has('V'))) return undefined
  let state: ShellState = wrapper.remote === true ? { ...call.state, remote: true, cwds: undefined } : call.state
  for (const name of wrapper.folder ?? []) {
    const folder = flags.get(name)
    if (folder !== undefined) state = changeFolder(state, literal(folder))
  }
  let rest = operands
  // `env - rm`: a dash alone means an empty environment.
  if (program === 'env' && rest[0]?.text === '-') rest = rest.slice(1)
  if (wrapper.environment === true)
    while (rest[0] !== undefined && /^[A-Za-z_]\w*=/.test(rest[0].text)) {
      const { text, known } = rest[0]
      const equals = text.indexOf('=')
      state = assign(state, text.slice(0, equals), known ? [literal(text.slice(equals + 1))] : UNKNOWN_VALUE)
      rest = rest.slice(1)
    }
  for (const name of wrapper.script ?? []) {
    const source = flags.get(name)
    if (source === undefined) continue
    // `env -S 'rm -rf' /`: what follows belongs to the words of the string.
    if (program === 'env') return { kind: 'command', argv: [...splitWords(source), ...rest], state }
    return { kind: 'script', source, state }
  }
  rest = rest.slice(wrapper.operands ?? 0)
  if (wrapper.joins === true && rest.every((word) => word.known))
    return { kind: 'script', source: rest.map((word) => word.text).join(' '), state }
  return { kind: 'command', argv: rest, state }
}

function splitWords(source: string): readonly Argument[] {
  const command = parse(source).commands[0]?.command
  if (command?.type !== 'Command') return []
  const words = [command.name, ...command.args]
  return words.flatMap((word) =>
    word?.type === 'Word' ? [literal(word.value)] : word === undefined ? [] : [literal(word.text)],
  )
}
