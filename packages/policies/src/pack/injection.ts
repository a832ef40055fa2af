import { type GitCommand, UNKNOWN_SETTING, runsProgram } from '../command/git.js'
import { programsOf } from '../command/git-run.js'
import type { PackRule, Script } from './rule.js'

const LOADS =
  /^(?:LD_(?:PRELOAD|AUDIT|LIBRARY_PATH)|DYLD_(?:INSERT_LIBRARIES|LIBRARY_PATH|FRAMEWORK_PATH)|BASH_ENV|ENV|PYTHONSTARTUP|PYTHONHOME|PERL5OPT|RUBYOPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|GCONV_PATH|GIT_EXEC_PATH|GIT_TEMPLATE_DIR|GIT_CONFIG_PARAMETERS|GIT_CONFIG_(?:GLOBAL|SYSTEM))$/
// What these hold is harmless unless it names code to load.
const CODE: Readonly<Record<string, RegExp>> = {
  NODE_OPTIONS: /--(?:require|import|loader|experimental-loader|eval)\b|(?:^|\s)-r\b/,
  PERL5OPT: /-[mMIe]|-d/,
  RUBYOPT: /-r|-I|-e/,
  JAVA_TOOL_OPTIONS: /-javaagent|-agent|-Xbootclasspath/,
  _JAVA_OPTIONS: /-javaagent|-agent|-Xbootclasspath/,
  JDK_JAVA_OPTIONS: /-javaagent|-agent|-Xbootclasspath/,
  // The search path of libraries is set for builds: what lies in a place that anyone may write to is not one.
  LD_LIBRARY_PATH: /(?:^|:)(?:\/tmp|\/var\/tmp|\/dev\/shm)/,
  DYLD_LIBRARY_PATH: /(?:^|:)(?:\/tmp|\/var\/tmp|\/dev\/shm)/,
  DYLD_FRAMEWORK_PATH: /(?:^|:)(?:\/tmp|\/var\/tmp|\/dev\/shm)/,
  GIT_CONFIG_GLOBAL: /^(?!\/dev\/null$)./,
  GIT_CONFIG_SYSTEM: /^(?!\/dev\/null$)./,
}
const RUNS =
  /^(?:GIT_(?:SSH|SSH_COMMAND|EXTERNAL_DIFF|PAGER|EDITOR|SEQUENCE_EDITOR|PROXY_COMMAND|ASKPASS)|GIT_CONFIG_VALUE_\d+)$/

function loadsCode({ analysis }: Script): string | undefined {
  for (const { name, value, known } of analysis?.variables ?? []) {
    if (!LOADS.test(name) || value === '') continue
    if (!known || (CODE[name] ?? /./).test(value))
      return `${name} would make programs load code or settings from ${known ? value.slice(0, 80) : 'a place that is known only when it runs'}`
  }
  return undefined
}

// A program for connections is of no use to what makes none.
function staysHere({ subcommand, args }: GitCommand): boolean {
  if (subcommand === undefined || args.some((word) => word.text.startsWith('--remote'))) return false
  return /^(?:status|log|diff|show|add|commit|branch|checkout|switch|restore|reset|stash|tag|rev-parse|archive|config|blame|describe|ls-files|merge|rebase|init)$/.test(
    subcommand,
  )
}

function gitVariable({ analysis, invocations }: Script): string | undefined {
  const variables = analysis?.variables ?? []
  const uses = invocations.filter((one) => one.program === 'git')
  const here = uses.length > 0 && uses.every((one) => staysHere(one.git))
  for (const { name, value, known } of variables) {
    if (!RUNS.test(name) || (here && name.startsWith('GIT_SSH'))) continue
    const key = name.startsWith('GIT_CONFIG_VALUE_')
      ? variables.find((one) => one.name === name.replace('VALUE', 'KEY'))?.value.toLowerCase()
      : 'core.sshcommand'
    if (key !== undefined && runsProgram(key, known ? value : UNKNOWN_SETTING))
      return `${name} would make git run ${known ? value.slice(0, 80) : 'a program that is known only when it runs'}`
  }
  return undefined
}

/** Programs that are made to run code of the caller's choice, past what their names say. */
export const INJECTION: readonly PackRule[] = [
  {
    name: 'injection.environment',
    title: 'variables from which programs load code (LD_PRELOAD, BASH_ENV, NODE_OPTIONS=--require ...)',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest:
      'run the program as it is; what it should load can be named in a file of the project that a person has read',
    script: loadsCode,
    examples: {
      deny: [
        'env PYTHONSTARTUP=/tmp/x python3',
        'LD_PRELOAD=/tmp/x.so ls',
        'export BASH_ENV=/tmp/x',
        "NODE_OPTIONS='--require /tmp/x.js' npm test",
        'GIT_EXEC_PATH=/tmp git status',
      ],
      allow: [
        'NODE_OPTIONS=--max-old-space-size=4096 npm run build',
        'NODE_ENV=test npm test',
        'LD_PRELOAD= ls',
        'LD_LIBRARY_PATH=./lib ./run',
      ],
    },
  },
  {
    name: 'injection.git',
    title: 'git made to run a program (-c core.*, alias !, ext::, --upload-pack, GIT_SSH ...)',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'run the program itself, and git without it',
    programs: ['git'],
    script: gitVariable,
    command: ({ git, words }) => {
      for (const [key, value] of git.settings)
        if (runsProgram(key, value) && !(key === 'core.sshcommand' && staysHere(git)))
          return `git -c ${key} would make git run ${value.slice(0, 80)}`
      const [named] = programsOf(git.subcommand ?? '', git.args)
      if (named !== undefined && !HELPERS.test(named.text))
        return `git ${git.subcommand ?? ''} would run ${named.text.slice(0, 80)}`
      const driven = drivenBy(git)
      if (driven !== undefined) return driven
      if (words.some((word) => /^--exec-path=./.test(word)))
        return 'git would take its own programs from another folder'
      return words.some((word) => /(?:^|=)ext::/.test(word))
        ? 'git would run the program of an ext:: address'
        : undefined
    },
    examples: {
      deny: [
        'git -c core.sshCommand=./x fetch',
        "git -c alias.x='!make' x",
        'git grep -O./x word',
        'git clone --upload-pack=./x host:repo',
        'GIT_SSH=./x git fetch',
        "git clone 'ext::sh -c x' y",
        'git bisect run ./x',
        'git rebase --exec ./x main',
        'git init --template=./x',
        'git -c http.sslVerify=false fetch',
        'git -c core.fsmonitor=./x status',
        'GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.pager GIT_CONFIG_VALUE_0=./x git log',
      ],
      allow: [
        'git -c core.pager=cat log',
        'git -c user.name=me commit -m x',
        'GIT_EDITOR=true git rebase --continue',
        'GIT_SSH_COMMAND="ssh -i ~/.ssh/deploy" git fetch',
        'git clone https://github.com/a/b',
        'git -c alias.st=status st',
        'git bisect start',
        'git rebase main',
        'git submodule update --init',
        'git clone --depth 1 https://github.com/a/b',
      ],
    },
  },
]

// Subcommands that are there to run something else.
function drivenBy({ subcommand = '', args, settings }: GitCommand): string | undefined {
  const has = (pattern: RegExp): boolean => args.some((word) => pattern.test(word.text))
  if (/^(?:remote-ext|instaweb|web--browse|daemon|shell)$/.test(subcommand))
    return `git ${subcommand} would run another program`
  if (subcommand === 'bisect' && args[0]?.text === 'run') return 'git bisect would run a program for each commit'
  if (subcommand === 'submodule' && has(/^foreach$/)) return 'git submodule would run a script in each submodule'
  if (subcommand === 'rebase' && has(/^(?:-x.*|--exec(?:=.*)?)$/))
    return 'git rebase would run a script behind each commit'
  if (/^(?:init|clone)$/.test(subcommand) && has(/^--template=.|^--template$/))
    return `git ${subcommand} would take hooks from a template`
  if (subcommand === 'apply' && has(/^--unsafe-paths$/)) return 'git apply would change files outside the work tree'
  if (subcommand === 'maintenance' && has(/^(?:start|register)$/))
    return 'git maintenance would set up jobs that run by themselves'
  for (const [key, value] of settings)
    if (/^http\.(?:.*\.)?(?:proxy|sslverify)$/.test(key) && !/^(?:true|1|on|)$/i.test(value))
      return `git -c ${key} would send what it does another way`
  return undefined
}

const HELPERS = /^(?:git-(?:upload|receive)-pack|less|more|cat|vim?|nvim|meld|vimdiff|code --wait --diff)$/
