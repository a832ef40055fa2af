import type { AuditInput } from '@loki/audit'
import type { Guard, Verdict } from '@loki/guard'
import { actionDigest } from '@loki/guard'
import type { CacheableRequestOptions } from '@modelcontextprotocol/client'
import { redact } from '@loki/policies'
import { messageOf } from '../errors.js'
import type { Upstream } from '../server/upstream.js'
import { Catalogue } from '../tools/catalogue.js'
import type { Entry, Hidden } from '../tools/catalogue.js'
import { comparePins, pinsFile } from '../tools/pins.js'
import type { AgentServer } from './agent-server.js'
import { Announcements } from './announcements.js'
import { previewOf } from './action.js'
import type { Actor } from './action.js'
import { Governor } from './governor.js'
import type { Settings } from './options.js'

/** Lines that a person is told of one server; one that says more is not heard. */
const MAX_NOTICES = 500
const LIST_MS = 20_000
/** How long a list waits for a server that is still starting. When it has, the agent is told to list again. */
export const WAIT_MS = 2_000

/** What belongs together while one agent is connected. */
export class Connection {
  readonly settings: Settings
  readonly actor: Actor
  readonly upstreams: readonly Upstream[]
  /** Decides as the guard does and records nothing: for what an agent may see. */
  readonly preview: Pick<Guard, 'check'>
  readonly governor: Governor
  readonly catalogue: Catalogue
  readonly announcements: Announcements = new Announcements()
  /** Once it is connected. */
  agent: AgentServer | undefined
  readonly listing: CacheableRequestOptions = { timeout: LIST_MS, cacheMode: 'bypass' }
  /** Which server has which resource, as last listed. */
  resourceHomes: ReadonlyMap<string, Upstream> = new Map()
  readonly #told = new Map<string, number>()
  readonly #recorded = new Set<string>()

  constructor(parts: {
    readonly settings: Settings
    readonly actor: Actor
    readonly upstreams: readonly Upstream[]
    readonly preview: Pick<Guard, 'check'>
  }) {
    this.settings = parts.settings
    this.actor = parts.actor
    this.upstreams = parts.upstreams
    this.preview = parts.preview
    this.governor = new Governor(this.settings)
    this.catalogue = new Catalogue({
      upstreams: this.upstreams,
      compare: (server, offers) => comparePins(pinsFile(this.settings.projectDir), server, offers),
      preview: ({ config }, tool) => this.preview.check(previewOf(this.actor, config, tool)),
      listMs: LIST_MS,
      waitMs: WAIT_MS,
      onUnreachable: (upstream, reason) => {
        this.notice(upstream, `its tools are not shown: ${reason}`)
      },
      onHidden: (entry, hidden) => {
        void this.#tellHidden(entry, hidden)
      },
    })
  }

  /** Tells a person something about a server, without its secrets. */
  notice(upstream: Upstream, text: string): void {
    const told = this.#told.get(upstream.name) ?? 0
    this.#told.set(upstream.name, told + 1)
    if (told > MAX_NOTICES) return
    const line = told === MAX_NOTICES ? 'says more than can be told; the rest is left out' : text
    this.settings.onNotice(`${upstream.name}: ${redact(line.slice(0, 2000)).replace(/[\p{Cc}\p{Cf}]+/gu, ' ')}`)
  }

  /** Refuses a tool that is hidden whatever policy says, and records that it was called. */
  async refuseHidden({ upstream, tool, digest }: Entry, { reason, rule, suggest }: Hidden): Promise<Verdict> {
    const action = previewOf(this.actor, upstream.config, tool.name)
    const verdict: Verdict = {
      decision: 'DENY',
      reason,
      rule,
      violations: [],
      digest: actionDigest(action),
      ...(suggest === undefined ? {} : { suggest }),
    }
    const { session, agent, host, kind } = action
    await this.#record({
      who: `agent:${host}/${session}`,
      what: 'action.decided',
      where: `${upstream.name}/${action.tool}`,
      why: reason,
      metadata: {
        ...{ session, agent, host, kind, tool: action.tool, cwd: action.cwd, server: upstream.name },
        ...{ decision: 'DENY', rule, digest: verdict.digest, definition: digest },
      },
    })
    return verdict
  }

  /** Once for each definition: a person is told, and the log knows. */
  async #tellHidden({ upstream, tool, digest }: Entry, { because, reason, rule, suggest }: Hidden): Promise<void> {
    const key = `${upstream.name} ${digest} ${rule}`
    if (this.#recorded.has(key)) return
    this.#recorded.add(key)
    const name = tool.name.slice(0, 200)
    this.notice(upstream, `tool ${name} is hidden: ${reason}${suggest === undefined ? '' : ` (${suggest})`}`)
    const { session } = this.actor
    await this.#record({
      who: `mcp:${upstream.name}`,
      what: because === 'changed' ? 'mcp.tool_changed' : 'mcp.tool_hidden',
      where: `${upstream.name}/${redact(name.toWellFormed())}`,
      why: reason,
      metadata: { session, server: upstream.name, rule, definition: digest },
    })
  }

  async #record(input: AuditInput): Promise<void> {
    try {
      await this.settings.audit?.record(input)
    } catch (thrown) {
      this.settings.onNotice(`${input.what} could not be recorded: ${messageOf(thrown)}`)
    }
  }
}
