import type { PackRule } from './rule.js'

/** Becoming someone else, and making that possible later. */
export const PRIVILEGE: readonly PackRule[] = [
  {
    name: 'privilege.shell',
    title: 'a shell as another user (sudo -i, sudo -s, su)',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'ask a person to run the one command that needs other rights',
    programs: ['sudo', 'su', 'doas', 'pkexec', 'run0', 'runuser', 'runas'],
    command: (one) => {
      const { program, plain } = one
      if (program === 'su' || program === 'runuser' || program === 'runas')
        return one.has('help', 'version') ? undefined : `${program} would act as another user`
      const first = plain[0]
      const shell = /^(.*\/)?(ba|z|da|k|c|tc|fi)?sh$/.test(first ?? '') && plain.length === 1
      const bare = first === undefined && !one.has('l', 'list', 'k', 'K', 'v', 'V', 'help', 'version')
      const dash = one.words.find((word) => !/^-[nEH]+$/.test(word)) ?? ''
      return /^-[a-zA-Z]*[is]/.test(dash) || /^--(login|shell)$/.test(dash) || shell || (bare && one.words.length > 0)
        ? `${program} would open a shell with the rights of another user`
        : undefined
    },
    examples: {
      deny: ['sudo -i', 'sudo su -', 'su root -c id', 'sudo bash', 'sudo -s', 'runas /user:Administrator cmd'],
      allow: ['sudo -l', 'su --help'],
    },
  },
  {
    name: 'privilege.sudo',
    title: 'any command with the rights of another user',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'run it without sudo, or ask a person to run it',
    programs: ['sudo', 'doas', 'pkexec', 'run0'],
    command: (one) =>
      one.plain.length > 0
        ? `${one.program} would run ${one.plain[0] ?? 'a command'} with the rights of another user`
        : undefined,
    examples: { deny: ['sudo apt-get install jq', 'doas make install'], allow: ['sudo -l', 'make install'] },
  },
  {
    name: 'privilege.accounts',
    title: 'changing users, groups, passwords or the rules of sudo',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'ask a person; accounts are not part of a project',
    programs: [
      ...['visudo', 'usermod', 'useradd', 'userdel', 'adduser', 'deluser', 'groupadd', 'groupmod', 'gpasswd', 'passwd'],
      ...['chpasswd', 'newusers', 'vipw', 'vigr', 'chsh', 'chfn', 'dscl', 'sysadminctl', 'groupdel'],
    ],
    command: (one) =>
      one.has('help', 'S', 'status') ||
      (one.program === 'dscl' && one.words.some((word) => /^-?(read|list|search|diff)/.test(word)))
        ? undefined
        : `${one.program} would change who may do what on this machine`,
    examples: {
      deny: ['usermod -aG sudo me', 'visudo', 'useradd -m x', 'passwd root'],
      allow: ['id', 'groups', 'passwd --help'],
    },
  },
  {
    name: 'privilege.bits',
    title: 'setuid, setgid and capabilities',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'give a file plain modes such as 755',
    programs: ['chmod', 'setcap', 'capsh', 'install'],
    command: (one) => {
      const { program, words } = one
      if (program === 'setcap') return 'setcap would give a program rights beyond those of its user'
      if (program === 'capsh')
        return one.words.some((word) => /^--(user|uid|gid|addamb)/.test(word))
          ? 'capsh would take on other rights'
          : undefined
      const modes =
        program === 'install' ? words.filter((_, at) => /^(-m|--mode)$/.test(words[at - 1] ?? '')) : words.slice(0, 3)
      return modes.some(
        (word) => /^(?:[ugoa,=rwx+-]*[ug]?[+=][rwxX]*s[rwxts]*|0*[2467]\d{3})$/.test(word) && !/^[-/]/.test(word),
      )
        ? `${program} would let a program run with the rights of its owner (setuid)`
        : undefined
    },
    examples: {
      deny: ['chmod +s tool', 'chmod u+s tool', 'chmod 4755 tool', 'setcap cap_net_raw+ep tool'],
      allow: ['chmod +x run.sh', 'chmod 0755 a', 'chmod -R a+r src', 'chmod 644 s'],
    },
  },
]
