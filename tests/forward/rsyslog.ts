import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where the installation cannot be had: no apt-get, not root, no network. */
const UNAVAILABLE = 3

/**
 * Gives why the suite must be skipped. With `CI=true` and as root it is installed, and nothing is skipped: then it throws.
 * Nobody else's machine is changed by running tests.
 */
export function reasonToSkip(): string | undefined {
  const script = join(import.meta.dirname, 'install.sh')
  const mustRun = process.env.CI === 'true' && process.getuid?.() === 0
  const ended = spawnSync('sh', mustRun ? [script] : [script, 'check'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    timeout: 400_000,
  })
  process.stderr.write(ended.stderr)
  if (ended.status === 0) return undefined
  const reason = ended.stderr.trim().split('\n').slice(-2).join(' ')
  if (mustRun || ended.status !== UNAVAILABLE) throw new Error(`rsyslog could not be installed: ${reason}`)
  return reason
}

/** The real rsyslog, with inputs of its own on loopback. */
export interface Rsyslog {
  readonly ports: Readonly<Record<'udp' | 'tcp' | 'tls' | 'relp', number>>
  /** The certificate that it shows, for the name `localhost`. */
  readonly caFile: string
  /** What it wrote: `<structured data> <message>` a line. */
  readonly lines: () => string[]
  readonly start: () => Promise<void>
  /** Ends it at once, as a crash would, or in order. */
  readonly stop: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>
  readonly remove: () => Promise<void>
}

export async function rsyslog(): Promise<Rsyslog> {
  const dir = mkdtempSync(join(tmpdir(), 'loki-rsyslog-'))
  const [udp = 0, tcp = 0, tls = 0, relp = 0] = await freePorts(4)
  const ports = { udp, tcp, tls, relp }
  const files = {
    config: join(dir, 'r.conf'),
    log: join(dir, 'all.log'),
    cert: join(dir, 'c.pem'),
    key: join(dir, 'k.pem'),
  }
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  execFileSync(
    'openssl',
    [...request, '-addext', 'subjectAltName=DNS:localhost', '-keyout', files.key, '-out', files.cert],
    { stdio: 'pipe' },
  )
  writeFileSync(files.config, configOf(dir, ports))
  let child: ChildProcess | undefined
  const stop = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const running = child
    child = undefined
    if (running?.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }
  return {
    ports,
    caFile: files.cert,
    lines: () => (existsSync(files.log) ? readFileSync(files.log, 'utf8').split('\n').slice(0, -1) : []),
    start: async () => {
      rmSync(join(dir, 'pid'), { force: true })
      child = spawn('/usr/sbin/rsyslogd', ['-n', '-f', files.config, '-i', join(dir, 'pid')], {
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      await Promise.all([tcp, tls, relp].map(listening))
    },
    stop,
    remove: async () => {
      await stop('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function configOf(dir: string, { udp, tcp, tls, relp }: Rsyslog['ports']): string {
  return `global(workDirectory="${dir}" maxMessageSize="256k" DefaultNetstreamDriverCAFile="${dir}/c.pem" DefaultNetstreamDriverCertFile="${dir}/c.pem" DefaultNetstreamDriverKeyFile="${dir}/k.pem")
module(load="imudp") module(load="imtcp") module(load="imrelp")
template(name="T" type="string" string="%structured-data% %msg%\\n")
ruleset(name="in"){ action(type="omfile" file="${dir}/all.log" template="T" asyncWriting="off" flushOnTXEnd="on") }
input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="in")
input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="in")
input(type="imtcp" address="127.0.0.1" port="${tls}" ruleset="in" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imrelp" address="127.0.0.1" port="${relp}" ruleset="in" maxDataSize="256k")
`
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address()
      server.close()
      await once(server, 'close')
      return typeof address === 'object' && address !== null ? address.port : 0
    }),
  )
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect({ host: '127.0.0.1', port })
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
    socket.destroy()
    if (connected) return
    await sleep(50)
  }
  throw new Error(`expected rsyslogd to listen on port ${port} within 10 s`)
}
