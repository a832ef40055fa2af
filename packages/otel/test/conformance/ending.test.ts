import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startCollector, type Answer, take } from '../collector.js'

const program = join(import.meta.dirname, '../programs/work.mjs')

if (!existsSync(join(import.meta.dirname, '../../dist/index.js'))) {
  throw new Error('packages/otel is not built; run: pnpm --filter @loki/otel build')
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly ms: number
}

/** Runs the program; `onReady` is called when it says that it waits. */
async function work(
  args: readonly string[],
  onReady: (kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const since = performance.now()
  const child = spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let ready = false
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (ready || !output.includes('ready')) return
    ready = true
    onReady((signal) => child.kill(signal))
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, output, ms: performance.now() - since })
    })
  })
}

const hang: Answer = () => undefined

describe('50 spans reach the collector', () => {
  it('when the program comes to its natural end', async () => {
    const collector = await startCollector()
    const ended = await work([collector.url, 'natural'])
    expect(ended).toMatchObject({ code: 0, signal: null })
    expect(collector.spans()).toHaveLength(50)
    expect(new Set(collector.spans().map(({ spanId }) => spanId)).size).toBe(50)
  })

  it('when the program closes telemetry and calls process.exit', async () => {
    const collector = await startCollector()
    expect(await work([collector.url, 'close'])).toMatchObject({ code: 3 })
    expect(collector.spans()).toHaveLength(50)
  })

  it('when the program is ended by SIGTERM, which still ends it as that signal does', async () => {
    const collector = await startCollector()
    const ended = await work([collector.url, 'signal', '{"flushAt":["SIGTERM"]}'], (kill) => {
      kill('SIGTERM')
    })
    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' })
    expect(collector.spans()).toHaveLength(50)
  })

  it('on SIGTERM where two parts of the program have telemetry of their own, and neither waits for the other', async () => {
    const collector = await startCollector()
    const ended = await work([collector.url, 'two', '{"flushAt":["SIGTERM"]}'], (kill) => {
      kill('SIGTERM')
    })
    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' })
    expect(collector.spans()).toHaveLength(51)
  })

  it('on SIGTERM where the program listens itself, and then ending it is left to the program', async () => {
    const collector = await startCollector()
    const ended = await work([collector.url, 'listener', '{"flushAt":["SIGTERM"]}'], (kill) => {
      kill('SIGTERM')
    })
    expect(ended).toMatchObject({ code: 0, signal: null })
    expect(ended.output).toContain('heard')
    expect(collector.spans()).toHaveLength(50)
  })

  it('where it asks to come again, not before the time it names', async () => {
    const times: number[] = []
    const collector = await startCollector((response, one) => {
      times.push(performance.now())
      if (times.length === 1) response.writeHead(429, { 'retry-after': '1' }).end()
      else take(response, one)
    })
    expect(await work([collector.url, 'natural'])).toMatchObject({ code: 0 })
    expect(collector.spans()).toHaveLength(50)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it('where it was down and comes up while the program works', async () => {
    const gone = await startCollector()
    await gone.stop()
    const ended = work([gone.url, 'signal', '{"flushAt":["SIGTERM"]}'], (kill) => {
      setTimeout(() => {
        kill('SIGTERM')
      }, 4000)
    })
    await new Promise((resolve) => setTimeout(resolve, 2500))
    const back = await startCollector(take, gone.port)
    expect(await ended).toMatchObject({ signal: 'SIGTERM' })
    expect(back.spans()).toHaveLength(50)
  })
})

describe('a collector that is of no use', () => {
  it('that hangs holds the end up no longer than it may, and what is lost is told', async () => {
    const collector = await startCollector(hang)
    const ended = await work([collector.url, 'natural', '{"flushTimeoutMs":700}'])
    expect(ended.code).toBe(0)
    expect(ended.ms).toBeLessThan(6000)
    expect(ended.output).toContain('problem abandoned')
    expect(ended.output).toContain('"abandoned":50')
  })

  it('that is not there holds a signal up no longer than it may', async () => {
    const gone = await startCollector()
    await gone.stop()
    const ended = await work([gone.url, 'signal', '{"flushAt":["SIGTERM"],"flushTimeoutMs":700}'], (kill) => {
      kill('SIGTERM')
    })
    expect(ended.signal).toBe('SIGTERM')
    expect(ended.ms).toBeLessThan(6000)
  })
})
