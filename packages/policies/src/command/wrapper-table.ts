/** How a program that starts another one says which. */
export interface Wrapper {
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
  /** What stands behind `--` is the program, where there is one. */
  readonly dashes?: boolean
}

const NONE: Wrapper = {}
const PACKAGE_RUNNER: Wrapper = { values: ['p', 'package', 'w', 'workspace'], script: ['c', 'call'] }
const TOOL_RUN: Wrapper = { verbs: ['run', 'exec'], values: ['C', 'directory', 'with', 'python', 'p'] }
const SECRET_RUN: Wrapper = {
  verbs: ['run', 'exec'],
  dashes: true,
  values: ['p', 'c', 'env-file'],
  script: ['command'],
}

// Options of docker and podman, for `run` and `exec`, whose value is the next word.
const CONTAINER_VALUES: readonly string[] = [
  ...['e', 'env', 'env-file', 'u', 'user', 'w', 'workdir', 'v', 'volume', 'p', 'publish', 'm', 'memory'],
  ...['name', 'network', 'entrypoint', 'mount', 'label', 'platform', 'cpus', 'cap-add', 'cap-drop', 'security-opt'],
  ...['device', 'h', 'hostname', 'add-host', 'gpus', 'pid', 'ipc', 'userns', 'restart', 'tmpfs', 'ulimit', 'index'],
]
const CONTAINER: Wrapper = { verbs: ['exec', 'run'], values: CONTAINER_VALUES, operands: 1, remote: true }
const CLUSTER: Wrapper = {
  verbs: ['exec', 'run', 'debug'],
  values: ['c', 'container', 'n', 'namespace', 'context', 'kubeconfig', 'f', 'filename', 'image', 'l', 'overrides'],
  operands: 1,
  remote: true,
  dashes: true,
}
const SSH: Wrapper = {
  values: ['b', 'c', 'D', 'E', 'e', 'F', 'I', 'i', 'J', 'L', 'l', 'm', 'O', 'o', 'p', 'Q', 'R', 'S', 'W', 'w', 'B'],
  operands: 1,
  joins: true,
  remote: true,
}
const named = (names: string, wrapper: Wrapper): readonly (readonly [string, Wrapper])[] =>
  names.split(' ').map((name) => [name, wrapper] as const)

/** Programs that start others. */
export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  // Other rights.
  [
    'sudo',
    {
      values: [
        'u',
        'g',
        'h',
        'p',
        'C',
        'T',
        'U',
        'r',
        't',
        'D',
        'R',
        'user',
        'group',
        'chdir',
        'host',
        'prompt',
        'role',
      ],
      environment: true,
      folder: ['D', 'chdir'],
    },
  ],
  ['doas', { values: ['u', 'C'] }],
  ['pkexec', { values: ['user'] }],
  ['run0', { values: ['u', 'g', 'D', 'user', 'group', 'chdir', 'setenv'] }],
  ['su', { values: ['s', 'shell', 'g', 'G'], script: ['c', 'command'], permutes: true }],
  ['runuser', { values: ['u', 'user', 's', 'g', 'G'], script: ['c', 'command'], permutes: true }],
  ['sg', { script: ['c'], operands: 1, joins: true, permutes: true }],
  ...named('gosu su-exec setuidgid', { operands: 1 }),
  ['setpriv', { values: ['reuid', 'regid', 'groups', 'bounding-set', 'securebits', 'selinux-label'] }],
  ['chpst', { values: ['u', 'U', 'b', 'e', 'm', 'd', 'o', 'p', 'f', 'c', 'r', 't', 'n', 'l', 'L', '/'] }],
  ['capsh', { values: ['user', 'uid', 'gid'], dashes: true }],

  // Another environment, time or priority.
  [
    'env',
    { values: ['u', 'unset', 'C', 'chdir'], environment: true, script: ['S', 'split-string'], folder: ['C', 'chdir'] },
  ],
  ['exec', { values: ['a'] }],
  ...named(
    'command builtin nohup setsid unbuffer linux32 linux64 i386 x86_64 arch caffeinate fakeroot catchsegv',
    NONE,
  ),
  ...named('eatmydata tini dumb-init torsocks torify tsocks proxychains proxychains4 dbus-run-session chronic', NONE),
  ...named('ssh-agent aa-exec runcon systemd-inhibit gamemoderun primusrun optirun winpty', {
    values: ['a', 't', 'p', 'what', 'who', 'why', 'mode', 'r', 'u', 'l'],
  }),
  ['gpg-agent', { values: ['options', 'homedir'] }],
  ['time', { values: ['f', 'o', 'format', 'output'] }],
  ['nice', { values: ['n', 'adjustment'] }],
  ['ionice', { values: ['c', 'n', 'class', 'classdata'] }],
  ...named('chrt taskset setarch envdir faketime softlimit', { operands: 1 }),
  ['taskset', { operands: 1 }],
  ['numactl', { values: ['N', 'm', 'C', 'p', 'i', 'cpunodebind', 'membind', 'physcpubind', 'interleave'] }],
  ['cgexec', { values: ['g'] }],
  ['prlimit', { values: ['p', 'pid', 'o', 'output'] }],
  ['timeout', { values: ['s', 'k', 'signal', 'kill-after'], operands: 1 }],
  ['gtimeout', { values: ['s', 'k', 'signal', 'kill-after'], operands: 1 }],
  ['stdbuf', { values: ['i', 'o', 'e', 'input', 'output', 'error'] }],
  ['script', { values: ['T', 'E', 'B', 'I', 'O', 'm'], operands: 1, script: ['c', 'command'] }],
  ['flock', { values: ['w', 'timeout', 'E'], operands: 1, script: ['c', 'command'] }],
  ...named('lockf setlock', { values: ['t'], operands: 1 }),
  ['watch', { values: ['n', 'interval', 'd', 'q'], joins: true }],
  ['entr', NONE],
  [
    'watchexec',
    { values: ['w', 'watch', 'e', 'exts', 'i', 'ignore', 's', 'signal', 'd', 'debounce', 'f', 'filter'], joins: true },
  ],
  ['cross-env', { environment: true }],
  ['cross-env-shell', { environment: true, joins: true }],
  ...named('dotenv dotenvx env-cmd', { values: ['e', 'f', 'env-file'], dashes: true }),
  [
    'systemd-run',
    { values: ['p', 'u', 'unit', 'property', 'E', 'setenv', 'M', 'slice', 'working-directory', 'uid', 'gid'] },
  ],
  ['systemd-nspawn', { values: ['D', 'directory', 'M', 'u', 'i', 'image', 'bind'], remote: true }],
  ['xvfb-run', { values: ['n', 's', 'e', 'f'] }],
  [
    'start-stop-daemon',
    {
      values: ['n', 'u', 'c', 'p', 'name', 'user', 'chuid', 'pidfile', 'chdir'],
      script: ['x', 'exec', 'a', 'startas'],
      dashes: true,
    },
  ],

  // Tracers and profilers.
  ['strace', { values: ['e', 'o', 'p', 's', 'u', 'P', 'E', 'a', 'b', 'I', 'O', 'S', 'X'] }],
  ['ltrace', { values: ['e', 'o', 'p', 's', 'u', 'n', 'a', 'l', 'x', 'F', 'A', 'D', 'w'] }],
  ['valgrind', NONE],
  [
    'perf',
    { verbs: ['stat', 'record', 'trace'], values: ['e', 'o', 'F', 'c', 'event', 'output', 'call-graph', 'r', 'I'] },
  ],
  ['rr', { verbs: ['record'] }],
  ...named('heaptrack uftrace', { values: ['o', 'c'] }),

  // Other roots and namespaces.
  ['chroot', { values: ['userspec', 'groups'], operands: 1 }],
  ['unshare', { values: ['S', 'G', 'R', 'w', 'setuid', 'setgid', 'root', 'wd'] }],
  ['nsenter', { values: ['t', 'target', 'S', 'G', 'setuid', 'setgid'] }],
  ['ip', { verbs: ['exec'], operands: 1 }],
  ['firejail', NONE],
  ['proot', { values: ['r', 'b', 'w', 'q', 'k'] }],
  ...named('busybox toybox sbase-box lvm', NONE),
  ...named('ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 ld-linux.so.2 ld-musl-x86_64.so.1 ld.so', {
    values: ['library-path', 'preload', 'argv0', 'inhibit-rpath', 'audit'],
  }),

  // Runners of packages and tool versions.
  ['npx', PACKAGE_RUNNER],
  ...named('bunx pnpx uvx', { values: ['from', 'with', 'python', 'p', 'package'] }),
  ['npm', { ...PACKAGE_RUNNER, verbs: ['exec', 'x'] }],
  ['pnpm', { verbs: ['exec', 'dlx'], values: ['C', 'dir', 'filter', 'F', 'package'] }],
  ['yarn', { verbs: ['exec', 'dlx'], values: ['cwd', 'p'] }],
  ['bun', { verbs: ['x'] }],
  ...named('poetry pipenv uv pdm hatch rye pixi', TOOL_RUN),
  ...named('conda mamba micromamba', { verbs: ['run'], values: ['n', 'p', 'name', 'prefix', 'cwd'] }),
  ['bundle', { verbs: ['exec'] }],
  ...named('mise rtx asdf', { verbs: ['exec', 'x'], dashes: true }),
  ...named('rbenv pyenv nodenv jenv goenv', { verbs: ['exec'] }),
  ['direnv', { verbs: ['exec'], operands: 1 }],
  ['nix', { verbs: ['develop', 'shell'] }],
  ...named('op doppler aws-vault chamber infisical teller sops', { ...SECRET_RUN, operands: 0 }),

  // Other machines and containers.
  ['ssh', SSH],
  ...named('autossh mosh slogin', { ...SSH, values: [...(SSH.values ?? []), 'M', 'ssh', 'server'] }),
  ['sshpass', { values: ['p', 'f', 'd', 'P'] }],
  ...named('pssh parallel-ssh pdsh clush', {
    values: ['h', 'H', 'w', 'l', 'p', 'o', 't', 'g'],
    joins: true,
    remote: true,
  }),
  ['docker', { ...CONTAINER, values: [...CONTAINER_VALUES, 'l'] }],
  ['podman', CONTAINER], // its exec takes -l, the latest container, without a value
  ...named('nerdctl docker-compose podman-compose finch', CONTAINER),
  ...named('kubectl oc k3s microk8s', CLUSTER),
  ...named('lxc incus', { verbs: ['exec'], operands: 1, dashes: true, remote: true }),
  ...named('lxc-attach distrobox-enter', { values: ['n', 'name', 'c'], dashes: true, remote: true }),
  ['limactl', { verbs: ['shell'], operands: 1, remote: true }],
  ['multipass', { verbs: ['exec'], operands: 1, dashes: true, remote: true }],
  ['vagrant', { verbs: ['ssh'], script: ['c', 'command'], remote: true, permutes: true }],
  ['wsl', { values: ['d', 'u', 'distribution', 'user'], dashes: true }],
  ['adb', { verbs: ['shell'], joins: true, remote: true }],
  ['gcloud', { verbs: ['ssh'], script: ['command'], remote: true, permutes: true }],
  ...named('fly flyctl', { verbs: ['ssh', 'console'], script: ['C', 'command'], remote: true, permutes: true }),
  ['heroku', { verbs: ['run', 'run:detached'], values: ['a', 'app', 'r', 'remote'], joins: true, remote: true }],
])
