import { createServer } from 'node:net'
import type { Lock } from './lock.js'

/**
 * Holds a name that only one process can bind: an abstract unix socket, or a named pipe on Windows.
 * On Linux it excludes only processes of the same network namespace.
 */
export function bindLock(token: string): Promise<Lock | undefined> {
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\loki-audit-lock-${token}` : `\0loki-audit-lock-${token}`
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => {
      server.unref()
      resolve({
        release: () =>
          new Promise((done) => {
            server.close(() => {
              done()
            })
          }),
      })
    })
  })
}
