import type { Client } from '@modelcontextprotocol/client'
import { messageOf } from '../errors.js'
import type { Upstream } from '../server/upstream.js'
import { actionOf } from './action.js'
import { WAIT_MS } from './connection.js'
import type { Connection } from './connection.js'

/** Things of one server that are looked at. */
const MAX_ITEMS = 10_000

/** Something that a server offers. */
export type Offer<T> = { readonly upstream: Upstream; readonly item: T }

export interface Listing<T> {
  /** What a server must be able to do to be asked. */
  readonly capability: 'resources' | 'prompts'
  readonly list: (client: Client) => Promise<readonly T[]>
  /** The request that using it would be, for the rules to say whether it may be seen. */
  readonly use: (item: T) => { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
}

/** What all servers offer of one kind and policy does not deny. A server that does not answer is left out. */
export async function gather<T>(connection: Connection, listing: Listing<T>): Promise<readonly Offer<T>[]> {
  const offers = await Promise.all(
    connection.upstreams.map(async (upstream): Promise<readonly Offer<T>[]> => {
      try {
        await upstream.clientWithin(WAIT_MS)
        if (upstream.capabilities?.[listing.capability] === undefined) return []
        const items = await upstream.ask(listing.list)
        const shown: Offer<T>[] = []
        for (const item of items.slice(0, MAX_ITEMS)) {
          const action = actionOf(connection.actor, { config: upstream.config, ...listing.use(item) })
          if ((await connection.preview.check(action)).decision !== 'DENY') shown.push({ upstream, item })
        }
        return shown
      } catch (thrown) {
        connection.notice(upstream, `could not be asked for its ${listing.capability}: ${messageOf(thrown)}`)
        return []
      }
    }),
  )
  return offers.flat()
}
