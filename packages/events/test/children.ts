import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A running program of `test/programs`. */
export type Child = {
  readonly process: ChildProcessWithoutNullStreams
  readonly ended: Promise<void>
  /** Everything on standard output, and on standard error, so far. */
  readonly output: () => string
  readonly errors: () => string
  readonly kill: () => Promise<void>
}

/** Starts a program; whatever happens it is gone when the test ends. */
export function start(program: string, ...args: readonly (string | number)[]): Child {
  const path = join(import.meta.dirname, 'programs', program)
  const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: 'pipe' })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve()
    })
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  return { process: child, ended, output: () => output, errors: () => errors, kill }
}

/** One line of a ledger written by `consume.mjs`. */
export type Line = { readonly seq: number; readonly name: string; readonly n: number; readonly pid: number }

export function readLedger(path: string): Line[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => {
    const [seq, name = '', n, pid] = line.split(' ')
    return { seq: Number(seq), name, n: Number(n), pid: Number(pid) }
  })
}
