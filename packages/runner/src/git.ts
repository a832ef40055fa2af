import { execFile } from 'node:child_process'
import { basename } from 'node:path'

export interface GitOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  readonly input?: string
}

const limitMs = 10 * 60_000
const maxOutput = 64 * 1024 * 1024
const maxMessage = 2000

/** Runs git without a shell and resolves to what it printed; rejects with its own words where it fails or prints too much. */
export async function git(args: readonly string[], { cwd, env, signal, input }: GitOptions): Promise<string> {
  return await program('git', args, {
    cwd,
    env,
    ...(signal === undefined ? {} : { signal }),
    ...(input === undefined ? {} : { input }),
  })
}

/** Runs a program of the user's without a shell, within a limit of ten minutes. */
export function program(
  name: string,
  args: readonly string[],
  { cwd, env, signal, input }: GitOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, encoding: 'utf8', timeout: limitMs, maxBuffer: maxOutput } as const
    const child = execFile(
      name,
      args,
      { ...options, ...(signal === undefined ? {} : { signal }) },
      (failure, stdout, stderr) => {
        if (failure === null) {
          resolve(stdout)
          return
        }
        const said = stderr.trim().slice(-maxMessage).toWellFormed()
        reject(
          new Error(`${basename(name)} ${args[0] ?? ''}: ${said === '' ? failure.message : said}`, { cause: failure }),
        )
      },
    )
    // A program that does not read its standard input closes it; how it ends says the rest.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })
}
