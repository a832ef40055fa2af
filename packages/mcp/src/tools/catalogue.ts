import type { Tool } from '@modelcontextprotocol/client'
import type { Verdict } from '@loki/guard'
import { messageOf } from '../errors.js'
import { without } from '../json.js'
import type { Upstream } from '../server/upstream.js'
import { clean } from '../answer/clean.js'
import { defectOf, exposedNames } from './offered.js'
import { definitionDigest } from './pins.js'
import type { Offers } from './pins.js'

/** Tools of one server that are looked at; a server that offers more is shown up to here. */
const MAX_TOOLS = 1_000

/** A tool of a server, and what became of it. */
export interface Entry {
  /** The name by which the agent knows it. */
  readonly name: string
  readonly upstream: Upstream
  /** As the server offers it. */
  readonly tool: Tool
  readonly digest: string
  /** What policy says of it before there is any input. */
  readonly verdict: Verdict
  /** Why the agent does not see it. */
  readonly hidden?: Hidden
}

/** `defect` and `changed` are refused without asking; a `policy` is asked again, with the input. */
export interface Hidden {
  readonly because: 'policy' | 'defect' | 'changed'
  readonly reason: string
  readonly rule: string
  readonly suggest?: string
}

export interface CatalogueOptions {
  readonly upstreams: readonly Upstream[]
  /** Which of the offered tools are not as they were accepted. */
  readonly compare: (server: string, offers: Offers) => Promise<ReadonlySet<string>>
  /** What policy says of a tool before there is any input. Records nothing. */
  readonly preview: (upstream: Upstream, tool: string) => Promise<Verdict>
  readonly listMs: number
  /** How long a list waits for a server that is still starting; such a server is left out. */
  readonly waitMs: number
  /** A server could not be asked for its tools. */
  readonly onUnreachable: (upstream: Upstream, reason: string) => void
  /** A tool is hidden for another reason than policy. */
  readonly onHidden: (entry: Entry, hidden: Hidden) => void
}

/** The tools of all servers of one agent. */
export class Catalogue {
  readonly #options: CatalogueOptions
  #entries: Promise<readonly Entry[]> | undefined

  constructor(options: CatalogueOptions) {
    this.#options = options
  }

  /** Asks every server again. Rejects where the accepted definitions cannot be read: then nothing may be shown. */
  refresh(): Promise<readonly Entry[]> {
    const entries = this.#load()
    this.#entries = entries
    entries.catch(() => {
      if (this.#entries === entries) this.#entries = undefined
    })
    return entries
  }

  /** The tool of that name, as it was when the servers were last asked. */
  async find(name: string): Promise<Entry | undefined> {
    const known = (await (this.#entries ?? this.refresh())).find((entry) => entry.name === name)
    if (known !== undefined && known.hidden?.because !== 'changed') return known
    // It may be new, or accepted meanwhile.
    return (await this.refresh()).find((entry) => entry.name === name)
  }

  async #load(): Promise<readonly Entry[]> {
    const { upstreams } = this.#options
    const offers = (await Promise.all(upstreams.map((upstream) => this.#offers(upstream)))).flat()
    const names = exposedNames(
      offers.map(({ upstream, tool }) => ({ server: upstream.name, tool: tool.name })),
      upstreams.map(({ name }) => name),
    )
    return offers.map((offer, index) => ({ ...offer, name: names[index] ?? offer.tool.name }))
  }

  async #offers(upstream: Upstream): Promise<readonly Omit<Entry, 'name'>[]> {
    const { compare, listMs, waitMs, onUnreachable, onHidden, preview } = this.#options
    let offers: readonly (Omit<Entry, 'name' | 'verdict'> & { readonly defect: string | undefined })[]
    try {
      await upstream.clientWithin(waitMs)
      const options = { timeout: listMs, cacheMode: 'bypass' } as const
      const { tools } = await upstream.ask((client) => client.listTools(undefined, options))
      if (tools.length > MAX_TOOLS) {
        onUnreachable(upstream, `it offers ${tools.length} tools; the first ${MAX_TOOLS} are looked at`)
      }
      offers = tools
        .slice(0, MAX_TOOLS)
        .map((tool) => ({ upstream, tool, digest: definitionDigest(tool), defect: defectOf(tool, tools) }))
    } catch (thrown) {
      onUnreachable(upstream, messageOf(thrown))
      return []
    }
    const sound = offers.filter(({ defect }) => defect === undefined)
    const digests = new Map(sound.map(({ tool, digest }) => [tool.name, digest]))
    const changed = await compare(upstream.name, digests)
    return Promise.all(
      offers.map(async ({ defect, ...offer }) => {
        const { name } = offer.tool
        const broken =
          defect !== undefined ? unreadable(defect) : changed.has(name) ? rewritten(upstream.name, name) : undefined
        const verdict = await preview(upstream, name)
        const hidden = broken ?? hiddenBy(verdict)
        if (hidden === undefined) return { ...offer, verdict }
        const entry = { ...offer, verdict, hidden }
        if (hidden.because !== 'policy') onHidden({ ...entry, name }, hidden)
        return entry
      }),
    )
  }
}

/** What an agent is shown of a tool: its definition without secrets, under the name it is known by. */
export function shownTool({ tool, name }: Entry): Tool {
  // How it runs as a task is left out: the gateway does not know tasks. Otherwise only texts are changed.
  return { ...(clean(without(tool, 'execution')) as Tool), name }
}

/** A tool that needs a person's approval is shown: it can be used. */
function hiddenBy({ decision, reason, rule, suggest }: Verdict): Hidden | undefined {
  if (decision !== 'DENY') return undefined
  return {
    because: 'policy',
    reason,
    rule: rule ?? 'policy',
    ...(suggest === undefined ? {} : { suggest }),
  }
}

function unreadable(reason: string): Hidden {
  return { because: 'defect', reason, rule: 'mcp_tool_defect', suggest: 'use another tool' }
}

function rewritten(server: string, tool: string): Hidden {
  return {
    because: 'changed',
    reason: 'its server changed its definition after it was accepted',
    rule: 'mcp_tool_changed',
    suggest: `a person looks at what changed, then runs: loki mcp accept ${server} ${tool}`,
  }
}
