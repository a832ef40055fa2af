import { spawn } from 'node:child_process'

/**
 * Locks an open file through the `flock` program of util-linux: the child locks the open file description that it
 * inherits and ends, and the lock stays with our descriptor until it is closed, by us or by the kernel.
 */
export function flock(fd: number): Promise<'locked' | 'taken' | 'absent'> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
    child.once('error', (error: NodeJS.ErrnoException) => {
      // A machine that is short of processes for a moment must not look like one without the program.
      if (['ENOENT', 'EACCES', 'EPERM', 'ENOSYS'].includes(error.code ?? '')) resolve('absent')
      else reject(error)
    })
    child.once('exit', (code, signal) => {
      // 1 says that somebody else has it; everything else, that this program or file system cannot lock.
      if (code === null) reject(new Error(`flock was ended by ${signal ?? 'a signal'}`))
      else resolve(code === 0 ? 'locked' : code === 1 ? 'taken' : 'absent')
    })
  })
}
