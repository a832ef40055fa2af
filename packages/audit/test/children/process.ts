import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A child of a test: what it has printed so far, and how it ended. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Resolves when a line starts like this; rejects when the child ends before. */
  saw(start: string): Promise<string>
}

export function start(command: readonly string[]): Child {
  const [file = '', ...args] = command
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    child.emit('line')
  })
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }))
  const saw = (wanted: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lines.find((candidate) => candidate.startsWith(wanted))
        if (line !== undefined) resolve(line)
      }
      child.on('line', look)
      void ended.then(() => {
        reject(new Error(`the child ended without "${wanted}"; it said: ${lines.slice(-5).join(' | ')}`))
      })
      look()
    })
  return { process: child, lines, ended, saw }
}
