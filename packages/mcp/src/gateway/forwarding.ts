import type { RequestOptions, ServerContext } from '@modelcontextprotocol/server'
import { clean } from '../answer/clean.js'

/** However much progress a server reports, no request takes longer. */
const MAX_TOTAL_MS = 6 * 60 * 60_000

/** How a request of the agent goes on to a server: cancelled with it, given up in silence, with its progress told. */
export function forwarding({ mcpReq }: ServerContext, callMs: number): RequestOptions {
  const progressToken = mcpReq._meta?.progressToken
  return {
    signal: mcpReq.signal,
    timeout: callMs,
    maxTotalTimeout: Math.max(callMs, MAX_TOTAL_MS),
    ...(progressToken === undefined
      ? {}
      : {
          resetTimeoutOnProgress: true,
          onprogress: (progress) => {
            const params = { ...clean(progress), progressToken }
            mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined) // the agent has left
          },
        }),
  }
}
