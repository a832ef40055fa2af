import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import { parseGit, runsProgram, UNKNOWN_SETTING } from './git.js'
import { optionValues } from './option-value.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { changeFolder, literal, type ShellState } from './state.js'

// Variables whose value git hands to a shell.
const RUN_VARIABLES = [
  ...['GIT_SSH_COMMAND', 'GIT_EXTERNAL_DIFF', 'GIT_PAGER', 'GIT_EDITOR', 'GIT_SEQUENCE_EDITOR', 'GIT_PROXY_COMMAND'],
]
// An alias never stands in for one of these.
const BUILT_IN =
  /^(?:add|am|apply|archive|bisect|blame|branch|bundle|checkout|cherry|cherry-pick|clean|clone|commit|config|describe|diff|difftool|fetch|filter-branch|format-patch|fsck|gc|grep|help|init|log|ls-files|ls-remote|ls-tree|merge|mergetool|mv|notes|prune|pull|push|range-diff|rebase|reflog|remote|repack|reset|restore|rev-list|rev-parse|revert|rm|shortlog|show|sparse-checkout|stash|status|submodule|switch|symbolic-ref|tag|update-index|update-ref|version|worktree)$/

/** Walks what git itself starts: aliases and programs named by `-c`. */
export function runGit(call: Call, shell: Shell): void {
  const { subcommand, args, settings } = parseGit(call.argv)
  for (const [key, value] of [...settings, ...settingsOf(call.state)])
    if (runsProgram(key, value) && !key.startsWith('alias.')) runScript(value.replace(/^!/, ''), call, shell)
  for (const name of RUN_VARIABLES) {
    const value = call.state.variables.get(name)?.[0]
    if (value?.known === true) shell.nested(value.text, call.state)
    else if (value !== undefined) shell.opaque('script', `${name}=${value.text}`)
  }
  if (subcommand === undefined && args.length > 0)
    shell.opaque('command_name', call.argv.map((word) => word.text).join(' '))
  const alias =
    subcommand === undefined || BUILT_IN.test(subcommand)
      ? undefined
      : settings.get(`alias.${subcommand.toLowerCase()}`)
  if (alias?.startsWith('!') === true) {
    shell.nested([alias.slice(1), ...args.map((word) => word.text)].join(' '), call.state)
  } else if (alias !== undefined) {
    shell.dispatch({ ...call, argv: [literal('git'), ...alias.split(/\s+/).map(literal), ...args] })
  }
  for (const { text } of args) {
    // `% ` is a blank inside a word: more than one word all the same to the shell that it starts.
    const helper = /(?:^|=)ext::(.*)$/s.exec(text)?.[1]
    if (helper !== undefined) runScript(helper.replace(/% /g, ' ').replace(/%[SsGV]/g, ''), call, shell)
  }
  for (const { text, known } of programsOf(subcommand ?? '', args)) {
    if (known) runScript(text, call, shell)
    else shell.opaque('script', text)
  }
  recordGitFiles(subcommand, args, { call, shell })
  const start = subcommand === 'rebase' || subcommand === 'bisect' || subcommand === 'submodule'
  if (start) runOperand(subcommand, args, { call, shell })
}

// Files that git reads though no repository holds them.
function recordGitFiles(
  subcommand: string | undefined,
  args: readonly Argument[],
  { call, shell }: { call: Call; shell: Shell },
): void {
  const outside = args.some((word) => word.text === '--no-index') || subcommand === 'hash-object'
  if (!outside) return
  const at = call.argv.findIndex((word) => word.text === '-C')
  const folder = at > 0 ? call.argv[at + 1] : undefined
  const state = folder === undefined ? call.state : changeFolder(call.state, folder)
  for (const argument of args)
    if (!argument.text.startsWith('-')) shell.use(pathUse({ argument, state, access: 'read', program: 'git' }))
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

/** The programs that options of a subcommand name. */
export function programsOf(subcommand: string, args: readonly Argument[]): readonly Argument[] {
  const spec = PROGRAM_OPTIONS.get(subcommand)
  if (spec === undefined) return []
  const found = optionValues([literal(subcommand), ...args], spec)
  if (!/^(clone|submodule)$/.test(subcommand)) return found
  const settings = optionValues([literal(subcommand), ...args], { short: 'c', long: ['config'] })
  return [
    ...found,
    ...settings.flatMap((setting) => {
      const equals = setting.text.indexOf('=')
      const value = setting.text.slice(equals + 1)
      return runsProgram(setting.text.slice(0, equals).toLowerCase(), value)
        ? [{ ...setting, text: value.replace(/^!/, '') }]
        : []
    }),
  ]
}

const PACKS = { short: '', long: ['upload-pack', 'receive-pack', 'exec'] }
const PROGRAM_OPTIONS: ReadonlyMap<string, { readonly short: string; readonly long: readonly string[] }> = new Map([
  ['clone', { short: 'u', long: ['upload-pack'] }],
  ...['fetch', 'pull', 'push', 'ls-remote', 'fetch-pack', 'send-pack', 'archive'].map((name) => [name, PACKS] as const),
  ['grep', { short: 'O', long: ['open-files-in-pager'] }],
  ['difftool', { short: 'x', long: ['extcmd'] }],
  [
    'filter-branch',
    {
      short: '',
      long: [
        'tree-filter',
        'index-filter',
        'env-filter',
        'msg-filter',
        'commit-filter',
        'tag-name-filter',
        'parent-filter',
        'setup',
      ],
    },
  ],
  ['send-email', { short: '', long: ['sendmail-cmd', 'to-cmd', 'cc-cmd', 'header-cmd'] }],
  ['interpret-trailers', { short: '', long: [] }],
])

function runScript(source: string, call: Call, shell: Shell): void {
  if (source.trim() !== '' && parse(source).errors === undefined) shell.nested(source, call.state)
}

/** Settings that variables hold: `GIT_CONFIG_KEY_0` and its value. */
function settingsOf({ variables }: ShellState): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (const [name, [key]] of variables) {
    const index = /^GIT_CONFIG_KEY_(\d+)$/.exec(name)?.[1]
    if (index === undefined || key === undefined) continue
    const value = variables.get(`GIT_CONFIG_VALUE_${index}`)?.[0]
    found.push([key.text.toLowerCase(), value?.known === true ? value.text : UNKNOWN_SETTING])
  }
  return found
}
