import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { McpError, programServer, readServers } from '../src/index.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'loki-mcp-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

function read(value: unknown, env: NodeJS.ProcessEnv = {}) {
  const file = join(dir, 'mcp.json')
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
  return readServers(file, { env, projectDir: '/home/dev/shop' })
}

describe('a list of servers', () => {
  it.each([
    ['that is no JSON', '{'],
    ['without servers', {}],
    ['with a server that is no object', { mcpServers: { a: 'npx a' } }],
    ['with a name that could pass for a prefix', { mcpServers: { a__b: { command: 'a' } } }],
    ['with a name of other characters', { mcpServers: { 'a b': { command: 'a' } } }],
    ['with a server that is neither program nor address', { mcpServers: { a: {} } }],
    ['with a way to reach it that is not known', { mcpServers: { a: { type: 'carrier', url: 'https://a.example' } } }],
    ['with arguments that are no list', { mcpServers: { a: { command: 'a', args: 'b' } } }],
    ['with a variable that is not set', { mcpServers: { a: { command: 'a', env: { KEY: '${KEY}' } } } }],
    ['with an address of another protocol', { mcpServers: { a: { url: 'file:///etc/passwd' } } }],
    ['with a password in an address', { mcpServers: { a: { url: 'https://u:p@a.example' } } }],
    [
      'with a secret that would travel readable',
      { mcpServers: { a: { url: 'http://a.example', headers: { k: 'v' } } } },
    ],
    ['that starts the gateway again', { mcpServers: { a: { command: 'loki', args: ['mcp', 'gateway'] } } }],
  ])('%s is refused', (_, value) => {
    expect(() => read(value)).toThrow(McpError)
  })

  it('gives programs and addresses, with variables in their place', () => {
    const servers = read(
      {
        mcpServers: {
          files: { command: 'npx', args: ['-y', '${PACKAGE:-server-files}', ''], env: { KEY: '${KEY}' }, cwd: 'sub' },
          far: { type: 'http', url: 'https://a.example/mcp', headers: { authorization: 'Bearer ${KEY}' } },
          old: { type: 'sse', url: 'http://localhost:9/sse' },
          off: { command: 'x', disabled: true },
        },
        hooks: {},
      },
      { KEY: 'k' },
    )
    expect(servers).toEqual([
      {
        kind: 'stdio',
        name: 'files',
        command: 'npx',
        args: ['-y', 'server-files', ''],
        env: { KEY: 'k' },
        cwd: '/home/dev/shop/sub',
      },
      { kind: 'http', name: 'far', url: 'https://a.example/mcp', headers: { authorization: 'Bearer k' } },
      { kind: 'sse', name: 'old', url: 'http://localhost:9/sse', headers: {} },
    ])
  })
})

describe('a server of the command line', () => {
  it('is named after what it runs', () => {
    const names = [
      ['npx', '-y', '@scope/server-files@1.2.0', '.'],
      ['node', './dist/my_server.mjs'],
      ['uvx', 'mcp-server-git'],
      ['/usr/bin/thing'],
      ['npx'],
    ].map((words) => programServer(words).name)
    expect(names).toEqual(['server-files', 'my-server', 'mcp-server-git', 'thing', 'npx'])
  })

  it('is refused without a program, and where it is a gateway', () => {
    expect(() => programServer([])).toThrow(McpError)
    expect(() => programServer(['npx', 'loki', 'mcp', 'gateway'])).toThrow(/another gateway/)
  })
})
