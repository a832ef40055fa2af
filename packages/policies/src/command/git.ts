import type { Argument } from './analysis.js'
import { literal } from './state.js'
import type { Call, Shell } from './shell.js'

/** A git command line with its global options taken off. */
export interface GitCommand {
  /** `push`, `commit` ...; undefined where there is none or it is not known. */
  readonly subcommand: string | undefined
  readonly args: readonly Argument[]
  /** `-c key=value` settings. */
  readonly settings: ReadonlyMap<string, string>
  /** True where `-C`, `--git-dir` or `--work-tree` leads to another repository. */
  readonly elsewhere: boolean
}

const VALUES = new Set([
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--super-prefix',
  '--config-env',
])
const ELSEWHERE = /^(-C|--git-dir(=.*)?|--work-tree(=.*)?)$/
// Settings whose value git hands to a shell.
const RUNS =
  /^(core\.(sshcommand|pager|editor|fsmonitor|askpass|gitproxy)|sequence\.editor|diff\.external|pager\.\w+|credential(\..*)?\.helper|(diff|merge|filter|man|browser|difftool|mergetool)\..+\.(command|textconv|driver|clean|smudge|process|cmd|path)|gpg(\..*)?\.program|uploadpack\.packobjectshook)$/

// Variables whose value git hands to a shell.
const RUN_VARIABLES = [
  'GIT_SSH_COMMAND',
  'GIT_EXTERNAL_DIFF',
  'GIT_PAGER',
  'GIT_EDITOR',
  'GIT_SEQUENCE_EDITOR',
  'GIT_PROXY_COMMAND',
]

/** Takes `git` (or `/usr/bin/git`) and its global options off. */
export function parseGit(argv: readonly Argument[]): GitCommand {
  const settings = new Map<string, string>()
  let elsewhere = false
  let at = 1
  for (; at < argv.length; at += 1) {
    const text = argv[at]?.text ?? ''
    if (!text.startsWith('-')) break
    if (ELSEWHERE.test(text)) elsewhere = true
    if (!VALUES.has(text)) continue
    at += 1
    if (text === '-c') {
      const setting = argv[at]?.text ?? ''
      const equals = setting.indexOf('=')
      if (equals > 0) settings.set(setting.slice(0, equals).toLowerCase(), setting.slice(equals + 1))
    }
  }
  const word = argv[at]
  return { subcommand: word?.known === true ? word.text : undefined, args: argv.slice(at + 1), settings, elsewhere }
}

/** Walks what git itself starts: aliases and programs named by `-c`. */
export function runGit(call: Call, shell: Shell): void {
  const { subcommand, args, settings } = parseGit(call.argv)
  for (const [key, value] of settings)
    if (RUNS.test(key) && !/^(true|false|cat|less|store|cache|\s*)$/.test(value))
      shell.nested(value.replace(/^!/, ''), call.state)
  for (const name of RUN_VARIABLES) {
    const value = call.state.variables.get(name)?.[0]
    if (value?.known === true) shell.nested(value.text, call.state)
    else if (value !== undefined) shell.opaque('script', `${name}=${value.text}`)
  }
  const alias = subcommand === undefined ? undefined : settings.get(`alias.${subcommand.toLowerCase()}`)
  if (alias?.startsWith('!') === true) {
    shell.nested([alias.slice(1), ...args.map((word) => word.text)].join(' '), call.state)
  } else if (alias !== undefined) {
    shell.dispatch({ ...call, argv: [literal('git'), ...alias.split(/\s+/).map(literal), ...args] })
  }
  for (const { text } of args) {
    if (text.startsWith('ext::')) shell.nested(text.slice(5).replace(/%S|%s|%G|%V/g, ''), call.state)
  }
  const start = subcommand === 'rebase' || subcommand === 'bisect' || subcommand === 'submodule'
  if (start) runOperand(subcommand, args, { call, shell })
}

// `git rebase -x CMD`, `git bisect run CMD`, `git submodule foreach CMD` start programs.
function runOperand(
  subcommand: string,
  args: readonly Argument[],
  { call, shell }: { call: Call; shell: Shell },
): void {
  if (subcommand === 'rebase') {
    args.forEach(({ text }, index) => {
      if (text === '-x' || text === '--exec') shell.nested(args[index + 1]?.text ?? '', call.state)
      else if (text.startsWith('--exec=')) shell.nested(text.slice(7), call.state)
    })
    return
  }
  const verb = subcommand === 'bisect' ? 'run' : 'foreach'
  const at = args.findIndex((word) => word.text === verb)
  if (at < 0) return
  const rest = args.slice(at + 1).filter((word) => word.text !== '--recursive' && word.text !== '-q')
  if (subcommand === 'submodule') shell.nested(rest.map((word) => word.text).join(' '), call.state)
  else if (rest.length > 0) shell.dispatch({ ...call, argv: rest })
}
