import type { ServerCapabilities } from '@modelcontextprotocol/server'
import type { Upstream } from '../server/upstream.js'

/**
 * What an agent is told that the gateway can do: tools, and of the rest what a server behind it can. While one of them is not
 * there yet all of it, since an agent is told only once. What the gateway does not understand no agent is told of.
 */
export function offeredToAgent(upstreams: readonly Upstream[]): ServerCapabilities {
  const known = upstreams.map(({ capabilities }) => capabilities)
  const any = (has: (capabilities: NonNullable<(typeof known)[number]>) => unknown): boolean =>
    known.some((capabilities) => capabilities === undefined || Boolean(has(capabilities)))
  return {
    tools: { listChanged: true },
    ...(any(({ resources }) => resources)
      ? { resources: { listChanged: true, subscribe: any(({ resources }) => resources?.subscribe) } }
      : {}),
    ...(any(({ prompts }) => prompts) ? { prompts: { listChanged: true } } : {}),
    ...(any(({ completions }) => completions) ? { completions: {} } : {}),
    ...(any(({ logging }) => logging) ? { logging: {} } : {}),
  }
}
