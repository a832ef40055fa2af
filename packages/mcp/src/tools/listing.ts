import type { Verdict } from '@loki/guard'
import { openGuard } from '@loki/guard'
import type { ServerConfig } from '../configuration/server.js'
import { previewOf } from '../gateway/action.js'
import { settingsOf } from '../gateway/options.js'
import type { GatewayOptions } from '../gateway/options.js'
import { Upstream } from '../server/upstream.js'
import { Catalogue } from './catalogue.js'
import type { Hidden } from './catalogue.js'
import { changedTools, pinsFile, readPins } from './pins.js'

/** A tool, and what an agent would make of it. */
export interface ListedTool {
  /** The name by which an agent would know it. */
  readonly name: string
  /** Its own name. */
  readonly tool: string
  readonly shown: boolean
  readonly decision: Verdict['decision']
  readonly reason: string
  readonly rule?: string
  /** Why it is not shown. */
  readonly because?: Hidden['because']
}

export interface ToolListing {
  readonly server: string
  readonly kind: ServerConfig['kind']
  /** Why the server could not be asked. */
  readonly problem?: string
  readonly tools: readonly ListedTool[]
}

/** Starts every server, asks for its tools, and ends it. */
export async function toolListing(options: Omit<GatewayOptions, 'guard' | 'audit'>): Promise<readonly ToolListing[]> {
  const { projectDir, env = process.env } = options
  const guard = openGuard({ projectDir, env, enabled: true, pauseHoldMs: 0 })
  const { servers, version, connectMs, maxMessageBytes, now } = settingsOf({ ...options, guard })
  const pins = readPins(pinsFile(projectDir))
  const problems = new Map<string, string>()
  const upstreams = servers.map(
    (config) =>
      new Upstream(config, {
        ...{ env, version, connectMs, maxMessageBytes, now, capabilities: {} },
        onWords: () => undefined,
        prepare: () => undefined,
        onReady: () => undefined,
        onLost: () => undefined,
      }),
  )
  const catalogue = new Catalogue({
    upstreams,
    compare: (server, offers) => Promise.resolve(changedTools(pins, server, offers)),
    preview: ({ config }, tool) => guard.check(previewOf({ session: 'list', projectDir }, config, tool)),
    listMs: connectMs,
    waitMs: connectMs,
    onUnreachable: ({ name }, reason) => problems.set(name, reason),
    onHidden: () => undefined,
  })
  try {
    const entries = await catalogue.refresh()
    return upstreams.map(({ name, config }) => {
      const problem = problems.get(name)
      const tools = entries.filter(({ upstream }) => upstream.name === name)
      return {
        server: name,
        kind: config.kind,
        ...(problem === undefined ? {} : { problem }),
        tools: tools.map((entry) => {
          const { reason, rule } = entry.hidden ?? entry.verdict
          return {
            name: entry.name,
            tool: entry.tool.name,
            shown: entry.hidden === undefined,
            decision: entry.hidden === undefined ? entry.verdict.decision : ('DENY' as const),
            reason,
            ...(rule === undefined ? {} : { rule }),
            ...(entry.hidden === undefined ? {} : { because: entry.hidden.because }),
          }
        }),
      }
    })
  } finally {
    await Promise.allSettled(upstreams.map((upstream) => upstream.close()))
  }
}
