import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { codex, copilot, gemini, opencode } from './stage/hosts.js'
import type { Host } from './stage/hosts.js'
import { announceSkip, reasonToSkipProgram } from './stage/installed.js'
import { lokiProgram, Stage } from './stage/stage.js'

const policy = `policies:
  pre_execution:
    - name: no-notes
      service: gov/write_note
      action: deny
      reason: notes are for people
`

/** How each agent calls a tool of the server `gov`. */
const agents: readonly (readonly [Host, (tool: string) => Readonly<Record<string, string>>])[] = [
  [codex, (name) => ({ namespace: 'mcp__gov', name })],
  [gemini, (tool) => ({ name: `mcp_gov_${tool}` })],
  [opencode, (tool) => ({ name: `gov_${tool}` })],
  [copilot, (tool) => ({ name: `gov-${tool}` })],
]

const folder = mkdtempSync(join(tmpdir(), 'loki-gateway-scripts-'))
const stages: Stage[] = []
afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.close()))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** The agent's one MCP server is the gateway, and there are no hooks: what holds here, the gateway alone does. */
class GatewayStage extends Stage {
  readonly #server: string = join(import.meta.dirname, 'models', 'mcp-echo.mjs')
  override readonly mcpServer: string = join(this.root, 'gateway.mjs')

  override async open(): Promise<void> {
    const servers = join(this.root, 'servers.json')
    writeFileSync(servers, JSON.stringify({ mcpServers: { gov: { command: 'node', args: [this.#server] } } }))
    const words = JSON.stringify([lokiProgram, 'mcp', 'gateway', '--config', servers])
    writeFileSync(this.mcpServer, `process.argv.splice(1, Infinity, ...${words})\nawait import(process.argv[1])\n`)
    await super.open()
    this.write('project/.loki/policies.yaml', () => policy)
  }
}

describe.each(agents.map(([host, called]) => ({ name: host.name, host, called })))(
  '$name behind the MCP gateway',
  ({ host, called }) => {
    const skip = reasonToSkipProgram(host.name)
    if (skip !== undefined) announceSkip(`${host.name} behind the MCP gateway`, skip)

    test.skipIf(skip !== undefined)(
      'does not get at what is denied, is shown no secret, and what it does is on record',
      async () => {
        const file = join(folder, `${host.name}.json`)
        const turn = (tool: string) => ({ tools: [{ ...called(tool), input: { text: 'n' } }] })
        writeFileSync(
          file,
          JSON.stringify({ turns: [turn('write_note'), turn('echo'), turn('reveal'), { text: 'Done.' }] }),
        )
        const stage = new GatewayStage({ host, script: relative(join(import.meta.dirname, 'scripts'), file) })
        stages.push(stage)
        await stage.open()

        await stage.run(host.byHand('go'))
        const told = stage.told()
        expect(told).toContain('mcp echo: n')
        expect(told).not.toContain('mcp write_note: n')
        expect(told).toMatch(/mcp reveal: \[github_token:[0-9a-f]+\]/)
        const decided = (await stage.audit('action.decided')).filter(({ metadata }) => metadata.kind === 'mcp_tool')
        expect(decided.map(({ metadata }) => [metadata.tool, metadata.decision])).toEqual([
          ['mcp__gov__echo', 'ALLOW'],
          ['mcp__gov__reveal', 'ALLOW'],
        ])
        expect(decided[0]?.who).toMatch(/^agent:mcp\//)
        expect(await stage.audit('action.finished')).toHaveLength(2)
        expect(await stage.verify()).toEqual({ code: 0, valid: true })
        await stage.loki('guard', 'stop')
        await stage.until('the end of the gateway and its server', () => stage.leftovers().length === 0)
      },
    )
  },
)
