import { readFileSync } from 'node:fs'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { SyslogTarget } from '../types.js'

/** Connects over TCP, or TLS where the target says so; whoever does not prove to be the host is refused. */
export async function connectTo(target: SyslogTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port } = target
  signal.throwIfAborted()
  const secure = target.protocol === 'tls'
  const socket = secure ? await connectTls(target) : connect({ host, port })
  const abort = (): void => {
    socket.destroy(new Error('no connection in time'))
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', () => {
        reject(new Error('the receiver closed the connection'))
      })
      socket.once(secure ? 'secureConnect' : 'connect', resolve)
    })
    socket.removeAllListeners('error').removeAllListeners('close')
    socket.setKeepAlive(true, 30_000)
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function connectTls({ host, port, caFile, certFile, keyFile }: SyslogTarget): Promise<Socket> {
  const tls = await import('node:tls')
  return tls.connect({
    host,
    port,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  })
}
