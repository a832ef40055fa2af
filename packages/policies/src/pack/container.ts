import type { PackRule } from './rule.js'

const PROGRAMS = ['docker', 'podman', 'nerdctl', 'docker-compose']
const HOST_FOLDER =
  /^(?:type=bind,)?(?:.*(?:source|src)=)?\/(?:(?:etc|proc|sys|dev|root|boot|usr|home|var|run|var\/run)(?:\/)?)?(?=[:,]|$)/
const SOCKET = /(?:docker|containerd|podman|crio)\.sock/

/** Ways from a container onto the machine, and what it holds away. */
export const CONTAINER: readonly PackRule[] = [
  {
    name: 'container.escape',
    title: 'containers with the rights or the files of the host',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'run it without privileges and mount folders of the project only (-v "$PWD":/work)',
    programs: PROGRAMS,
    command: (one) => {
      if (!one.plain.some((word) => /^(run|create|exec|up)$/.test(word))) return undefined
      for (const [at, word] of one.words.entries()) {
        const next = one.words[at + 1] ?? ''
        if (/^--privileged(=true)?$/.test(word))
          return `${one.program} would start a container with every right on this machine`
        if (
          /^--(pid|ipc|uts|userns|cgroupns)=host$/.test(word) ||
          (/^--(pid|ipc|uts|userns|cgroupns)$/.test(word) && next === 'host')
        )
          return `${one.program} would start a container that shares ${word.replace(/=.*/, '')} with this machine`
        const option = /^(?:--cap-add|--security-opt|--device)(?:=(.*))?$/.exec(word)
        const value = option?.[1] ?? next
        if (
          option !== null &&
          /^(ALL|(CAP_)?SYS_(ADMIN|PTRACE|MODULE|RAWIO)|(apparmor|seccomp)[=:]unconfined|\/dev\/(sd|nvme|mem|kmsg))/i.test(
            value,
          )
        )
          return `${one.program} would start a container with ${value}, which leads out of it`
        const mount = /^(?:-v|--volume|--mount)(?:=(.*))?$/.exec(word)
        const volume = mount === null ? /^-v(.+)$/.exec(word)?.[1] : (mount[1] ?? next)
        if (volume !== undefined && (HOST_FOLDER.test(volume) || SOCKET.test(volume)))
          return `${one.program} would give a container ${volume.split(':')[0] ?? volume} of this machine`
      }
      return undefined
    },
    examples: {
      deny: [
        'docker run --privileged alpine',
        'docker run -v /:/host alpine',
        'docker run --pid=host alpine',
        'docker run -v /var/run/docker.sock:/var/run/docker.sock alpine',
        'docker run --cap-add SYS_ADMIN alpine',
      ],
      allow: [
        'docker run --rm alpine true',
        'docker run -v /workspace/project:/work node npm test',
        'docker ps',
        'docker build .',
      ],
    },
  },
  {
    name: 'container.namespace',
    title: 'entering the namespaces of other processes, or talking to the container socket',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'use docker exec on a container of the project',
    programs: ['nsenter', 'curl', 'socat', 'nc', 'ncat', 'ctr', 'crictl', 'runc', 'chroot'],
    command: (one) => {
      const { program } = one
      if (program === 'nsenter')
        return one.has('help') ? undefined : 'nsenter would enter the namespaces of another process'
      if (program === 'chroot')
        return one.words.some((word) => /^\/(host|mnt|proc)/.test(word))
          ? 'chroot would enter the file system of the host'
          : undefined
      return one.words.some((word) => SOCKET.test(word))
        ? `${program} would give orders to the container engine itself`
        : undefined
    },
    examples: {
      deny: ['nsenter -t 1 -m sh', 'curl --unix-socket /var/run/docker.sock http://x/containers/json'],
      allow: ['curl https://example.com', 'docker exec web ls'],
    },
  },
  {
    name: 'container.prune',
    title: 'removing volumes, or everything that is not in use',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'remove by name what you made (docker rm name)',
    programs: PROGRAMS,
    command: (one) => {
      const pruned = one.runs('system', 'prune') || one.runs('volume', 'prune') || one.runs('volume', 'rm')
      const down = one.plain.includes('down') && one.has('v', 'volumes')
      return (pruned || down) && !one.has('help')
        ? `${one.program} would remove volumes or all that is not in use`
        : undefined
    },
    examples: {
      deny: ['docker system prune -af', 'docker volume rm data', 'docker compose down -v'],
      allow: ['docker compose down', 'docker volume ls', 'docker rm web'],
    },
  },
]
