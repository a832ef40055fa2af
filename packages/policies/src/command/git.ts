import type { Argument } from './analysis.js'

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
/** Takes `git` (or `/usr/bin/git`) and its global options off. */
export function parseGit(argv: readonly Argument[]): GitCommand {
  const settings = new Map<string, string>()
  let elsewhere = false
  let at = 1
  for (; at < argv.length; at += 1) {
    const text = argv[at]?.text ?? ''
    if (!text.startsWith('-')) break
    if (ELSEWHERE.test(text)) elsewhere = true
    const glued = /^-c(?=\w)/.test(text) ? text.slice(2) : undefined
    if (glued !== undefined) addSetting(settings, glued)
    const from = /^--config-env=([^=]+)=/.exec(text)?.[1]
    if (from !== undefined) settings.set(from.toLowerCase(), UNKNOWN_SETTING)
    if (!VALUES.has(text)) continue
    at += 1
    const value = argv[at]
    if (text === '-c')
      addSetting(
        settings,
        value?.known === false ? `${value.text.split('=')[0] ?? ''}=${UNKNOWN_SETTING}` : (value?.text ?? ''),
      )
    if (text === '--config-env') settings.set((value?.text ?? '').replace(/=.*$/, '').toLowerCase(), UNKNOWN_SETTING)
  }
  const word = argv[at]
  return { subcommand: word?.known === true ? word.text : undefined, args: argv.slice(at + 1), settings, elsewhere }
}

/** What stands for the value of a setting that is known only when git runs. */
export const UNKNOWN_SETTING = '$(unknown)'

function addSetting(settings: Map<string, string>, text: string): void {
  const equals = text.indexOf('=')
  if (equals > 0) settings.set(text.slice(0, equals).toLowerCase(), text.slice(equals + 1))
  else if (text !== '') settings.set(text.toLowerCase(), 'true')
}

// Settings whose value git hands to a shell, or from which it takes programs or more settings.
const RUNS =
  /^(?:core\.(?:sshcommand|pager|editor|fsmonitor|askpass|gitproxy|hookspath)|sequence\.editor|diff\.external|interactive\.difffilter|pager\.[\w-]+|credential(?:\..*)?\.helper|(?:diff|merge|filter|man|browser|difftool|mergetool|guitool)\..+\.(?:command|textconv|driver|clean|smudge|process|cmd|path)|(?:tar|gpg)(?:\..*)?\.(?:program|command)|uploadpack\.packobjectshook|include(?:if\..*)?\.path|init\.templatedir|protocol\.(?:ext\.)?allow|(?:remote\..+|url\..+)\.(?:uploadpack|receivepack|vcs|proxy|insteadof|pushinsteadof)|sendemail\..*cmd|web\.browser|trailer\..+\.(?:command|cmd)|submodule\..+\.update|alias\..+)$/
const HARMLESS =
  /^(?:true|false|0|1|on|off|no|yes|never|always|:|\s*|(?:cat|less|more|most|delta|bat|vi|vim|nvim|nano|emacs|code|ed|store|cache|osxkeychain|manager(?:-core)?|libsecret|gh auth git-credential|user)(?:\s+-[\w-]+)*|ssh(?:\s+-(?:i\s+[\w./~-]+|[46CqTvx]+|p\s*\d+|o\s*(?:IdentitiesOnly|StrictHostKeyChecking|UserKnownHostsFile|BatchMode|ConnectTimeout)[= ][\w./-]+))*|\/dev\/null)$/i

/** True for a setting by which git would run a program of the caller's choice. */
export function runsProgram(key: string, value: string): boolean {
  if (!RUNS.test(key) || HARMLESS.test(value)) return false
  if (key.startsWith('alias.')) return value.startsWith('!') || value === UNKNOWN_SETTING
  if (/^(?:url|remote)\./.test(key)) return value.startsWith('ext::') || !/insteadof$|proxy$/.test(key)
  return true
}
