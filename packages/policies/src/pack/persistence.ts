import { runsProgram } from '../command/git.js'
import type { PackRule } from './rule.js'
import { changes, placesOf } from './paths.js'

const STARTED =
  /\/(?:\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zprofile|zshenv|zlogin|cshrc|tcshrc|kshrc|inputrc|xinitrc|xprofile|pam_environment|gitconfig|npmrc|pythonrc)|\.config\/(?:fish\/|autostart\/|systemd\/|git\/config|environment\.d\/)|\.ssh\/(?:authorized_keys|config|rc$|environment)|\.local\/share\/systemd\/|Library\/Launch(?:Agents|Daemons)\/)/
const SYSTEM =
  /^\/(?:private\/)?(?:etc\/(?:cron|anacron|systemd|init|rc\d?\.|rc\.local|profile|bash|zsh|ld\.so|pam|sudoers|passwd|shadow|group|environment|udev|xdg\/autostart|update-motd)|var\/spool\/(?:cron|at)|(?:usr\/)?lib\/systemd|Library\/Launch)/

/** What makes something run later, without anybody asking. */
export const PERSISTENCE: readonly PackRule[] = [
  {
    name: 'persistence.files',
    title: 'files that run at login, at boot or on a schedule',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'put it into a script of the project that a person can start',
    script: (script) => {
      const found = placesOf(script).find(
        (place) => changes(place) && !place.inProject && (STARTED.test(place.path) || SYSTEM.test(place.path)),
      )
      return found === undefined
        ? undefined
        : `${found.use.program} would change ${found.use.text}, which takes effect later and for everything this user or machine starts`
    },
    examples: {
      deny: [
        'echo "evil" >> ~/.bashrc',
        'tee -a ~/.profile < x',
        'cp x.service ~/.config/systemd/user/x.service',
        'echo key >> ~/.ssh/authorized_keys',
        'cp job /etc/cron.d/job',
      ],
      allow: ['cat ~/.bashrc', 'echo x > .bashrc.example', 'ls /etc/cron.d'],
    },
  },
  {
    name: 'persistence.jobs',
    title: 'scheduled jobs and services',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'describe the job in the project and let a person set it up',
    programs: ['crontab', 'at', 'batch', 'systemctl', 'launchctl', 'update-rc.d', 'chkconfig', 'rc-update', 'schtasks'],
    command: (one) => {
      const { program, plain } = one
      if (one.has('help', 'version')) return undefined
      const quiet: Readonly<Record<string, boolean>> = {
        crontab: one.has('l'),
        at: one.has('l', 'c', 'V') || one.words.length === 0,
        systemctl: !/^(enable|link|edit|set-default|mask|add-wants|preset|revert|import-environment)$/.test(
          plain[0] ?? '',
        ),
        launchctl: !/^(load|bootstrap|enable|submit|setenv)$/.test(plain[0] ?? ''),
        schtasks: !one.words.some((word) => /^\/(create|change)$/i.test(word)),
      }
      return quiet[program] === true ? undefined : `${program} would set up something that runs later by itself`
    },
    examples: {
      deny: ['crontab job.txt', 'echo "* * * * * x" | crontab -', 'at now + 1 hour', 'systemctl --user enable x'],
      allow: ['crontab -l', 'systemctl status nginx', 'at -l', 'launchctl list'],
    },
  },
  {
    name: 'persistence.git',
    title: 'git settings that run programs (hooks, aliases, pagers)',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'keep hooks in the project under the tool that manages them, set up by a person',
    programs: ['git'],
    command: ({ git }) => {
      const risky =
        /^(core\.(hookspath|fsmonitor|sshcommand|gitproxy|askpass)|init\.templatedir|alias\..*|filter\..*|.*\.textconv)$/i
      for (const [key, value] of git.settings)
        if (/^core\.hookspath$/i.test(key) && value !== '/dev/null') return `git would take its hooks from ${value}`
      if (git.subcommand !== 'config') return undefined
      const words = git.args
        .filter((_, at) => !/^(?:-f|--file|--blob|--type)$/.test(git.args[at - 1]?.text ?? ''))
        .map((word) => word.text)
        .filter((word) => !word.startsWith('-') && word !== 'set')
      const reads = git.args.some(({ text }) =>
        /^(--get.*|--list|-l|--show-origin|get|list|--unset.*|unset)$/.test(text),
      )
      const [key, value] = words
      if (
        key === undefined ||
        value === undefined ||
        reads ||
        !(risky.test(key) || runsProgram(key.toLowerCase(), value))
      )
        return undefined
      if (runsProgram(key.toLowerCase(), value)) return `git config ${key} would make git run ${value}`
      return /^alias\./i.test(key) && !value.startsWith('!')
        ? undefined
        : `git config ${key} would make git run ${value}`
    },
    examples: {
      deny: [
        'git config core.hooksPath /tmp/hooks',
        'git -c core.hooksPath=/tmp/h commit -m x',
        "git config --global alias.x '!sh evil'",
        'git config core.pager ./x',
        "git config --file x alias.a '!id'",
      ],
      allow: [
        'git config user.name me',
        'git config --get core.hooksPath',
        'git config alias.st status',
        'git config core.pager cat',
        'git config credential.helper store',
        'git commit -m x',
      ],
    },
  },
  {
    name: 'persistence.tools',
    title: 'settings by which package managers run or fetch something else from then on',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'give the option to the one command that needs it',
    programs: ['npm', 'pnpm', 'yarn', 'pip', 'pip3', 'poetry', 'gem', 'cargo', 'go', 'composer', 'conda', 'bun'],
    command: (one) => {
      const [verb = '', ...rest] = one.plain
      const sets =
        /^(?:set|config|env)$/.test(verb) &&
        !rest.some((word) => /^(?:get|list|ls|delete|unset|edit|debug)$/.test(word))
      const key = sets ? rest.find((word) => KEYS.test(word)) : undefined
      return key === undefined
        ? undefined
        : `${one.program} would take ${key.slice(0, 60)} for everything it does from then on`
    },
    examples: {
      deny: [
        'npm config set script-shell /tmp/x',
        'npm set registry=http://evil.example',
        'pip config set global.index-url http://evil.example',
      ],
      allow: ['npm config get registry', 'npm config list', 'pip config list', 'npm config set fund false'],
    },
  },
]

const KEYS =
  /^(?:script-shell|shell|git|node-options|registry|@[\w-]+:registry|proxy|https-proxy|cafile|strict-ssl|ignore-scripts|npmRegistryServer|yarn-?path|nodeLinker|global\.(?:index-url|extra-index-url|trusted-host|cert)|(?:GOFLAGS|GOPROXY|GONOSUMDB|GOINSECURE|GOPRIVATE))(?:=|$)/i
