import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import { runEditor } from './editor.js'
import { runMake } from './makefile.js'
import { optionValues } from './option-value.js'
import { parseOptions } from './options.js'
import { runSed } from './sed.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

interface Launch {
  /** Short flags whose value is a shell script. */
  readonly short?: string
  /** Long flags whose value is a shell script. */
  readonly long?: readonly string[]
  /** The script inside such a value; default the value itself. */
  readonly script?: (value: string) => string | undefined
  /** Operands that are scripts. */
  readonly operands?: (operands: readonly Argument[]) => readonly Argument[]
  /** The commands of a client, which has one that starts a shell. */
  readonly client?: { readonly short: string; readonly long: readonly string[]; readonly shell: RegExp }
}

const SSH_OPTION: Launch = {
  short: 'o',
  script: (value) =>
    /^\s*(?:proxycommand|localcommand|knownhostscommand|remotecommand|match\s+exec)[\s=]+(?!none$)(.*)$/is.exec(
      value,
    )?.[1],
}
const ACTION = (value: string): string | undefined => /^exec=(.*)$/s.exec(value)?.[1]
const named = (names: string, launch: Launch): readonly (readonly [string, Launch])[] =>
  names.split(' ').map((name) => [name, launch] as const)
const PSQL = /^[ \t]*\\!\s*(.+)$|\bto\s+program\s+'((?:[^']|'')*)'|\bfrom\s+program\s+'((?:[^']|'')*)'/gim

// Options and operands by which programs start others that nobody would look for there.
const LAUNCHES: readonly (readonly [string, Launch])[] = [
  ...named('tar gtar bsdtar', {
    short: 'IF',
    long: ['use-compress-program', 'to-command', 'info-script', 'new-volume-script', 'rsh-command', 'rmt-command'],
  }),
  ...named('tar gtar', { long: ['checkpoint-action'], script: ACTION }),
  ['rsync', { short: 'e', long: ['rsh', 'rsync-path'] }],
  ...named('ssh scp sftp autossh slogin ssh-copy-id', SSH_OPTION),
  ...named('scp sftp', { short: 'S' }),
  ...named('nc ncat netcat', { short: 'ec', long: ['exec', 'sh-exec'] }),
  [
    'socat',
    {
      operands: (words) =>
        words
          .flatMap((word) => after(word, /^(?:exec|system|shell):((?:[^,\\]|\\.)*)/is))
          .map((word) => ({ ...word, text: word.text.replace(/\\(.)/g, '$1') })),
    },
  ],
  ['zip', { long: ['unzip-command'] }],
  ['zip', { operands: (words) => words.filter((_, at) => words[at - 1]?.text === '-TT') }],
  ['man', { short: 'PH', long: ['pager', 'html'] }],
  ['nodemon', { short: 'x', long: ['exec'] }],
  ['nix-shell', { long: ['run', 'command'] }],
  ['entr', { operands: (words) => words.filter((_, at) => /^-[a-z]*s[a-z]*$/.test(words[at - 1]?.text ?? '')) }],
  ['hyperfine', { short: 'psc', long: ['prepare', 'setup', 'cleanup', 'conclude'], operands: plain }],
  ...named('concurrently npm-run-all', { operands: plain }),
  ['sort', { long: ['compress-program'] }],
  ['split', { long: ['filter'] }],
  ['tcpdump', { short: 'z' }],
  ['ansible', { short: 'a', long: ['args'] }],
  ...named('salt salt-call salt-ssh', {
    operands: (words) => words.filter((_, at) => words[at - 1]?.text === 'cmd.run'),
  }),
  ...named('apt apt-get aptitude', {
    short: 'o',
    long: ['option'],
    script: (value) => /(?:Invoke|Post-\w+|Pre-\w+)[^=]*=(.*)$/i.exec(value)?.[1],
  }),
  [
    'gdb',
    {
      client: {
        short: 'x',
        long: ['ex', 'eval-command', 'iex', 'init-eval-command'],
        shell: /^[ \t]*(?:shell|!|make)\s*(.+)$/gm,
      },
    },
  ],
  [
    'lldb',
    {
      client: {
        short: 'oO',
        long: ['one-line', 'one-line-before-file'],
        shell: /^[ \t]*(?:platform\s+)?shell\s+(.+)$/gm,
      },
    },
  ],
  ['less', { operands: (words) => words.flatMap((word) => after(word, /^\+\+?!(.*)$/s)) }],
  ...named('psql pgcli cockroach', { client: { short: 'c', long: ['command', 'execute'], shell: PSQL } }),
  ...named('mysql mariadb mycli', {
    client: { short: 'e', long: ['execute'], shell: /(?:^|;)\s*(?:\\!|system)\s+(.+)$/gim },
  }),
  ...named('sqlite3 sqlite', { client: { short: '', long: ['cmd'], shell: /^[ \t]*\.(?:shell|system)\s+(.+)$/gm } }),
  ...named('tmux byobu', { operands: tmuxScripts }),
  ['screen', { operands: (words) => words.filter((_, at) => words[at - 1]?.text === 'stuff') }],
  ['expect', { client: { short: 'c', long: [], shell: /\b(?:spawn|exec|system)\s+([^;\n}]+)/g } }],
  ...named('tclsh wish', { client: { short: '', long: [], shell: /\bexec\s+([^;\n}\]]+)/g } }),
  ['crontab', { client: { short: '', long: [], shell: /^[ \t]*(?:@\w+|(?:[\d*/,-]+[ \t]+){5})[ \t]*(.+)$/gm } }],
  ...named('at batch', { client: { short: '', long: [], shell: /^(.+)$/gm } }),
  ['newgrp', { client: { short: '', long: [], shell: /^(.+)$/gm } }],
]

const BY_PROGRAM: ReadonlyMap<string, readonly Launch[]> = LAUNCHES.reduce(
  (map, [name, launch]) => map.set(name, [...(map.get(name) ?? []), launch]),
  new Map<string, readonly Launch[]>(),
)

/** Walks what a program starts by way of its options, its operands or its own command language. */
export function runLaunched(program: string, call: Call, shell: Shell): void {
  if (program === 'sed' || program === 'gsed') runSed(call, shell)
  else if (/^(g?make|remake|bmake|just)$/.test(program)) runMake(call, shell)
  else runEditor(program, call, shell)
  for (const launch of BY_PROGRAM.get(program) ?? []) runLaunch(launch, call, shell)
}

function runLaunch(launch: Launch, call: Call, shell: Shell): void {
  // A client runs on this machine, and so do the helpers of one that connects to another.
  const { short, long, script = (value: string) => value } = launch
  const state = call.state
  const run = (word: Argument, source: string | undefined): void => {
    if (source === undefined) return
    if (!word.known) shell.opaque('script', word.text)
    else if (parse(source).errors === undefined) shell.nested(source, state)
  }
  if (short !== undefined || long !== undefined)
    for (const value of optionValues(call.argv, { short: short ?? '', long: long ?? [] }))
      run(value, script(value.text))
  for (const word of launch.operands?.(call.argv.slice(1)) ?? []) run(word, word.text)
  if (launch.client === undefined) return
  const words = optionValues(singleDash(call.argv), launch.client)
  const { operands } = parseOptions(call.argv)
  const input = call.input.kind === 'text' ? [literal(call.input.text)] : []
  for (const word of [...words, ...operands, ...input]) {
    shell.spend(word.text.length >> 8)
    for (const match of word.text.slice(0, MAX_TEXT).matchAll(launch.client.shell))
      run(word, (match[1] ?? match[2] ?? match[3])?.replaceAll("''", "'"))
  }
}

const MAX_TEXT = 16_384

// gdb takes its long options with one dash too.
function singleDash(argv: readonly Argument[]): readonly Argument[] {
  return argv.map((word) =>
    /^-[a-z]{2,}/.test(word.text) && !word.text.includes('/') ? { ...word, text: `-${word.text}` } : word,
  )
}

function plain(words: readonly Argument[]): readonly Argument[] {
  return words.filter((word) => !word.text.startsWith('-'))
}

function after(word: Argument, pattern: RegExp): readonly Argument[] {
  const text = pattern.exec(word.text)?.[1]
  return text === undefined ? [] : [{ ...word, text }]
}

const TMUX =
  /^(new(-session)?|new-?window|neww|split-?window|splitw|respawn-?(pane|window)|respawn[pw]|run(-shell)?|if(-shell)?|send(-keys)?|pipe-?pane|pipep|display-popup|popup)$/
const TMUX_VALUES = new Set(['-t', '-s', '-n', '-c', '-x', '-y', '-e', '-F', '-l', '-L', '-S', '-f', '-p'])

function tmuxScripts(words: readonly Argument[]): readonly Argument[] {
  const at = words.findIndex((word) => TMUX.test(word.text))
  if (at < 0) return []
  const rest = words.slice(at + 1).filter((word, index, all) => {
    const before = all[index - 1]?.text ?? ''
    return !word.text.startsWith('-') && !TMUX_VALUES.has(before) && !/^-[a-zA-Z]*[snt]$/.test(before)
  })
  const keys = rest.filter((word) => !/^(Enter|C-[a-z]|Space|Tab)$/.test(word.text))
  return keys.length < 2
    ? keys
    : [...keys, { text: keys.map((word) => word.text).join(' '), known: keys.every((word) => word.known), glob: false }]
}
