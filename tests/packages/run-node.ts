import { spawn } from 'node:child_process'

/** How a program ended, with everything it said. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

const LIMIT_MS = 20_000

/** Runs this Node with an empty environment but PATH and a home of its own. */
export async function runNode(args: readonly string[], options: { readonly cwd: string }): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: options.cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(limit)
      if (code === null) stderr += `\nstopped after ${LIMIT_MS} ms`
      resolve({ code, stdout, stderr })
    })
  })
}
