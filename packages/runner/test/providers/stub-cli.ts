import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProviderTurn } from '../../src/providers/provider.js'

/** What a stand-in for an agent's program does when it is called. */
export interface StubBehaviour {
  readonly stdout?: string
  readonly stderr?: string
  readonly exitCode?: number
  /** Starts a child, writes its process id to `child.pid`, and never ends by itself. */
  readonly hangs?: boolean
  /** `codex app-server`: what it says of the hooks that it is asked about. */
  readonly codexHooks?: 'trusts what it is told to' | 'trusts nothing' | 'knows none' | 'dies'
  /** Hooks that it lists besides, as from files. */
  readonly otherHooks?: readonly object[]
  readonly mcpServers?: object
}

/** One call of a stand-in. */
export interface StubCall {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: string
}

/** A project, a home and a folder with one program: a stand-in for an agent CLI, which is outside of what is tested. */
export class Stage {
  readonly root: string = mkdtempSync(join(tmpdir(), 'loki-provider-'))
  readonly project: string = join(this.root, 'project')
  readonly home: string = join(this.root, 'home')
  readonly scratch: string = join(this.root, 'scratch')
  readonly #bin = join(this.root, 'bin')

  constructor() {
    for (const folder of [this.project, this.home, this.scratch, this.#bin]) mkdirSync(folder, { mode: 0o700 })
  }

  install(name: string, behaviour: StubBehaviour): void {
    const file = join(this.#bin, name)
    writeFileSync(file, program(this.root, behaviour))
    chmodSync(file, 0o755)
  }

  write(path: string, content: unknown): void {
    const file = join(this.root, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }

  turn(changes: Partial<ProviderTurn> = {}): ProviderTurn {
    return {
      session: this.root,
      task: 'task-1',
      phase: 'ACT',
      prompt: '--help me',
      projectDir: this.project,
      scratchDir: this.scratch,
      env: { PATH: this.#bin, HOME: this.home, LOKI_GUARD_SOCKET: '/run/guard.sock' },
      hookCommand: ['/opt/loki dir/node', '/opt/loki/main.js', 'hook'],
      signal: AbortSignal.timeout(20_000),
      ...changes,
    }
  }

  /** Every call of the program so far. */
  calls(): readonly StubCall[] {
    const file = join(this.root, 'calls.jsonl')
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as StubCall) // written by the program below
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

function program(root: string, behaviour: StubBehaviour): string {
  return `#!${process.execPath}
const { appendFileSync, writeFileSync } = require('node:fs')
const { spawn } = require('node:child_process')
const behaviour = ${JSON.stringify(behaviour)}
const args = process.argv.slice(2)
if (args[0] === 'app-server') {
  if (behaviour.codexHooks === 'dies') { console.error('no such command'); process.exit(3) }
  const settings = args.flatMap((arg, at) => (args[at - 1] === '-c' ? [arg] : []))
  const trusted = settings.find((setting) => setting.startsWith('hooks.state=')) ?? ''
  const hooks = settings.flatMap((setting) => {
    const [, event, value] = /^hooks\\.([A-Z]\\w+)=(.*)$/.exec(setting) ?? []
    if (event === undefined || behaviour.codexHooks === 'knows none') return []
    const command = JSON.parse(/"command" = ("(?:[^"\\\\]|\\\\.)*")/.exec(value)[1])
    const key = '/<session-flags>/config.toml:' + event
    const trust = behaviour.codexHooks !== 'trusts nothing' && trusted.includes('"' + key + '" = {"trusted_hash" = "sha256:' + event + '"')
    return [{ key, eventName: event[0].toLowerCase() + event.slice(1), command, source: 'sessionFlags', enabled: true,
      currentHash: 'sha256:' + event, trustStatus: trust ? 'trusted' : 'untrusted' }]
  })
  let rest = ''
  process.stdin.on('data', (chunk) => {
    const lines = (rest + chunk).split('\\n')
    rest = lines.pop()
    for (const { id, method } of lines.map((line) => JSON.parse(line))) {
      if (id === undefined) continue
      const result = { 'hooks/list': { data: [{ hooks: [...hooks, ...(behaviour.otherHooks ?? [])] }] },
        'config/read': { config: { mcp_servers: behaviour.mcpServers ?? {} } } }[method] ?? {}
      process.stdout.write(JSON.stringify({ id, result }) + '\\n')
    }
  })
} else {
  const chunks = []
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    appendFileSync(${JSON.stringify(join(root, 'calls.jsonl'))}, JSON.stringify({ args, env: process.env, stdin: Buffer.concat(chunks).toString() }) + '\\n')
    process.stdout.write(behaviour.stdout ?? '')
    process.stderr.write(behaviour.stderr ?? '')
    process.exitCode = behaviour.exitCode ?? 0
    if (!behaviour.hangs) return
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    writeFileSync(${JSON.stringify(join(root, 'child.pid'))}, String(child.pid))
    setInterval(() => {}, 1000)
  })
}
`
}
