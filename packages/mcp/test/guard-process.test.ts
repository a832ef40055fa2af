import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { guardSocketPath, remoteGuard, serveResident } from '@loki/guard'
import type { RemoteGuard, RemoteGuardOptions } from '@loki/guard'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Project, secret } from './gateway.js'

let project: Project
const endings: (() => Promise<unknown>)[] = []
beforeEach(() => {
  project = new Project()
})
afterEach(async () => {
  await Promise.all(endings.splice(0).map((end) => end()))
  await project.remove()
})

function env() {
  return { PATH: process.env.PATH, HOME: project.dir, LOKI_BLOCKED_COMMANDS: 'shred' }
}

function guard(options: Partial<RemoteGuardOptions> = {}): RemoteGuard {
  const remote = remoteGuard({ env: env(), build: 'test', ...options })
  endings.push(() => remote.close())
  return remote
}

/** Something that listens where the guard process should. */
async function impostor(answer: (socket: Socket) => void): Promise<void> {
  const path = guardSocketPath(env())
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  chmodSync(dirname(path), 0o700)
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      answer(socket)
    })
    endings.push(() => Promise.resolve(socket.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  endings.push(() => new Promise((resolve) => server.close(resolve)))
}

describe('a gateway that asks the guard process', () => {
  it('refuses where that is there and says nothing', async () => {
    await impostor(() => undefined)
    const gateway = await project.open({ guard: guard({ silenceMs: 200 }) })
    expect(await gateway.text('echo')).toMatch(/could not decide: .*did not answer for 200 ms/)
  })

  it('refuses where it answers what is no verdict, or that it failed', async () => {
    await impostor((socket) => socket.write('{"kind":"noted"}\n'))
    const gateway = await project.open({ guard: guard() })
    expect(await gateway.text('echo')).toContain('where a verdict was expected')
  })

  it('decides in its own process where there is none, with the same rules and records', async () => {
    const gateway = await project.open({ guard: guard() })
    expect(await gateway.text('echo', { command: 'shred x' })).toContain('Denied by policy')
    expect(await gateway.text('echo', { text: 'x' })).toBe('echo x')
    expect((await project.records('action.decided')).map(({ metadata }) => metadata?.decision)).toEqual([
      'DENY',
      'ALLOW',
    ])
    expect(await project.records('action.finished')).toHaveLength(1)
  })

  it('is answered by it, and what comes back is looked through there', async () => {
    const resident = await serveResident({ socketPath: guardSocketPath(env()), build: 'test' })
    endings.push(() => resident.server.close())
    const gateway = await project.open({ guard: guard() })
    expect(await gateway.text('echo', { command: 'shred x' })).toContain('Denied by policy')
    expect(await gateway.text('leak')).not.toContain(secret)
    expect(resident.server.status().decisions).toBe(2)
    expect(await project.records('action.finished')).toMatchObject([{ metadata: { host: 'mcp', ok: true } }])
  })
})
