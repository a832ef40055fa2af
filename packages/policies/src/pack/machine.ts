import type { Invocation } from './invocation.js'
import type { PackRule } from './rule.js'
import { placesOf } from './paths.js'

const GOVERNS = /(?:^|\b)loki(?:-guard|-mode)?\b/i

/** The words behind `loki`, however it is started; undefined where this is not Loki. */
function lokiWords(one: Invocation): readonly string[] | undefined {
  if (/^loki(\.js)?$/.test(one.program)) return one.plain
  if (!/^(node|bun|deno|tsx|pnpm|npm|yarn|npx|bunx|corepack)$/.test(one.program)) return undefined
  const at = one.plain.findIndex((word) =>
    /(?:^|\/)loki(?:@[\w.-]+)?$|^@loki\/cli|(?:loki|apps\/cli)\b.*\/main\.[cm]?[jt]s$/i.test(word),
  )
  return at < 0 ? undefined : one.plain.slice(at + 1)
}

/** The machine, its processes, and the guard itself. */
export const MACHINE: readonly PackRule[] = [
  {
    name: 'machine.power',
    title: 'shutting down or restarting the machine',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'restart the one program that needs it',
    programs: ['shutdown', 'reboot', 'halt', 'poweroff', 'init', 'telinit', 'systemctl', 'kexec'],
    command: (one) => {
      if (one.has('help', 'version')) return undefined
      const power =
        one.program === 'systemctl'
          ? /^(reboot|poweroff|halt|kexec|suspend|hibernate|rescue|emergency|isolate|exit)$/.test(one.plain[0] ?? '')
          : !one.program.endsWith('init') || /^[016sS]$/.test(one.plain[0] ?? '')
      return power ? `${one.program} would stop this machine` : undefined
    },
    examples: {
      deny: ['shutdown -h now', 'reboot', 'systemctl poweroff', 'init 0'],
      allow: ['uptime', 'systemctl status x', 'reboot --help'],
    },
  },
  {
    name: 'machine.kernel',
    title: 'switches and modules of the kernel, the firewall and security modules',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'ask a person; the kernel is not part of a project',
    programs: [
      'insmod',
      'modprobe',
      'rmmod',
      'sysctl',
      'iptables',
      'ip6tables',
      'nft',
      'ufw',
      'setenforce',
      'auditctl',
      'csrutil',
      'spctl',
    ],
    command: (one) => {
      const quiet: Readonly<Record<string, boolean>> = {
        sysctl: !one.has('w', 'p') && !one.plain.some((word) => word.includes('=')),
        iptables: one.has('L', 'S', 'list'),
        ip6tables: one.has('L', 'S', 'list'),
        nft: one.plain[0] === 'list',
        ufw: one.plain[0] === 'status',
        modprobe: one.has('n', 'dry-run', 'show-depends', 'c'),
        auditctl: one.has('l', 's'),
        csrutil: one.plain[0] === 'status',
        spctl: one.has('status', 'disable-status', 'a', 'assess'),
      }
      return quiet[one.program] === true || one.words.length === 0 || one.has('help')
        ? undefined
        : `${one.program} would change how this machine is protected or runs`
    },
    script: (script) => {
      const found = placesOf(script).find(
        ({ path, use }) => use.access !== 'read' && /^\/proc\/(sysrq-trigger|sys\/|kcore|\d+\/mem)/.test(path),
      )
      return found === undefined ? undefined : `it would write ${found.use.text}, a switch of the kernel`
    },
    examples: {
      deny: ['insmod evil.ko', 'iptables -F', 'sysctl -w kernel.x=1', 'echo b > /proc/sysrq-trigger'],
      allow: ['sysctl -a', 'iptables -L', 'modprobe -n x', 'cat /proc/cpuinfo'],
    },
  },
  {
    name: 'machine.kill',
    title: 'ending the first process, all processes, or the guard',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'end a process that you started, by its id',
    programs: ['kill', 'pkill', 'killall', 'killall5', 'skill'],
    command: (one) => {
      const { program, words } = one
      if (one.has('l', 'L', 'help') && program === 'kill') return undefined
      if (program === 'kill') {
        const at = words[0] === '-s' || words[0] === '-n' ? 2 : (words[0] ?? '').startsWith('-') ? 1 : 0
        const targets = words.slice(words[at] === '--' ? at + 1 : at)
        return targets.some((word) => word === '1' || word === '-1')
          ? 'kill would end the first process, or all of them'
          : undefined
      }
      if (program === 'killall5') return 'killall5 would end every process'
      const all = one.has('u', 'U', 'user') && one.plain.length <= 1
      const guard = one.plain.some((word) => GOVERNS.test(word))
      if (guard) return `${program} would end what governs this agent`
      return all || one.plain.some((word) => /^(\.|\.\*|init|systemd|sshd)$/.test(word))
        ? `${program} would end processes that are not yours`
        : undefined
    },
    examples: {
      deny: ['kill -9 1', 'kill -9 -1', 'pkill loki', 'pkill -f loki-guard', 'killall -u root'],
      allow: ['kill 4242', 'kill -9 4242', 'pkill -f vite', 'kill -l', 'kill %1', 'kill -0 4242'],
    },
  },
  {
    name: 'machine.governor',
    title: 'switching off, steering or answering for what governs the agent',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'say what you need; a person steers Loki',
    programs: ['loki', 'loki.js', 'node', 'bun', 'deno', 'tsx', 'pnpm', 'npm', 'yarn', 'npx', 'bunx', 'corepack'],
    command: (one) => {
      const words = lokiWords(one)
      const [verb, object] = words ?? []
      const steers =
        /^(stop|resume|pause)$/.test(verb ?? '') ||
        (verb === 'hooks' && /^(uninstall|remove|install)$/.test(object ?? '')) ||
        (verb === 'guard' && /^(stop|kill|restart)$/.test(object ?? '')) ||
        (verb === 'mcp' && object === 'accept') ||
        (verb === 'budget' && object === 'raise') ||
        (verb === 'git-hook' && /^(un)?install$/.test(object ?? '')) ||
        (verb === 'audit' && /^(prune|erase|sweep)$/.test(object ?? '')) ||
        (verb === 'policy' && object === 'init') ||
        (/^approvals?$/.test(verb ?? '') && /^(approve|reject|answer|grant)$/.test(object ?? ''))
      return words !== undefined && steers
        ? `loki ${words.slice(0, 2).join(' ')} is for a person, not for the agent that is governed`
        : undefined
    },
    examples: {
      deny: [
        'loki hooks uninstall claude',
        'npx loki stop',
        'node /opt/loki/dist/main.js guard stop',
        'loki approvals approve 7',
        'pnpm exec loki resume',
        'loki mcp accept github',
        'loki budget raise COST_MAX_PER_DAY 50',
        'loki git-hook uninstall',
        'loki audit prune',
      ],
      allow: ['loki status', 'loki --help', 'loki policy explain x', 'loki approvals list', 'node dist/main.js stop'],
    },
  },
  {
    name: 'machine.service',
    title: 'stopping services, mounting and unmounting',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'start and stop programs of the project by themselves',
    programs: [
      'systemctl',
      'service',
      'launchctl',
      'rc-service',
      'sc',
      'mount',
      'umount',
      'swapoff',
      'losetup',
      'loginctl',
    ],
    command: (one) => {
      const { program, plain } = one
      if (one.has('help', 'version')) return undefined
      const found: Readonly<Record<string, boolean>> = {
        systemctl:
          !one.has('user') &&
          /^(?:stop|disable|kill|restart|try-restart|reload-or-restart|daemon-reexec)$/.test(plain[0] ?? ''),
        service: /^(?:stop|restart)$/.test(plain[1] ?? ''),
        'rc-service': /^(?:stop|restart)$/.test(plain[1] ?? ''),
        launchctl: /^(?:unload|bootout|kill|stop|remove|disable)$/.test(plain[0] ?? ''),
        sc: /^(?:stop|delete|config)$/i.test(plain[0] ?? ''),
        mount: plain.length > 1 || one.has('a', 'bind', 'o'),
        umount: plain.length > 0 || one.has('a'),
        swapoff: one.words.length > 0,
        losetup: one.has('d', 'D', 'detach'),
        loginctl: /^(?:terminate|kill)-/.test(plain[0] ?? ''),
      }
      return found[program] === true
        ? `${program} ${plain[0] ?? ''} would change what runs or is mounted on this machine`
        : undefined
    },
    examples: {
      deny: ['systemctl stop nginx', 'service ssh stop', 'mount /dev/sda1 /mnt', 'umount -a', 'swapoff -a'],
      allow: ['systemctl status nginx', 'service nginx status', 'mount', 'systemctl --user restart app'],
    },
  },
  {
    name: 'machine.traces',
    title: 'removing logs and the history of the shell',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'leave the records of what was done as they are',
    programs: ['history', 'journalctl', 'unset', 'wevtutil', 'auditctl', 'logrotate'],
    command: (one) => {
      const found: Readonly<Record<string, boolean>> = {
        history: one.has('c', 'd', 'w'),
        journalctl: one.words.some((word) => /^--(?:vacuum|rotate|flush)/.test(word)),
        unset: one.words.some((word) => /^(?:HISTFILE|HISTSIZE|PROMPT_COMMAND)$/.test(word)),
        wevtutil: /^(?:cl|clear-log)$/i.test(one.plain[0] ?? ''),
        logrotate: one.has('f', 'force'),
      }
      return found[one.program] === true ? `${one.program} would remove records of what was done` : undefined
    },
    script: (script) => {
      const found = placesOf(script).find(
        ({ use, path, inProject }) =>
          use.access !== 'read' &&
          !inProject &&
          /^\/(?:private\/)?var\/log\/|\/\.(?:bash|zsh|sh|python)_history$/.test(path),
      )
      return found === undefined
        ? undefined
        : `${found.use.program} would change ${found.use.text}, a record of what was done`
    },
    examples: {
      deny: [
        'history -c',
        'rm ~/.bash_history',
        'unset HISTFILE',
        'journalctl --vacuum-time=1s',
        'truncate -s 0 /var/log/syslog',
      ],
      allow: ['history', 'journalctl -u app', 'cat /var/log/syslog', 'unset FOO'],
    },
  },
]
