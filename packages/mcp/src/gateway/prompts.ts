import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { Prompt } from '@modelcontextprotocol/server'
import { clean } from '../answer/clean.js'
import { exposedNames } from '../tools/offered.js'
import type { Connection } from './connection.js'
import { gather } from './listing.js'
import type { Offer } from './listing.js'

type Named = Offer<Prompt> & { readonly name: string }

/** The prompts of all servers, named as tools are. */
export async function listPrompts(connection: Connection): Promise<Prompt[]> {
  return (await promptsOf(connection)).map(({ name, item }) => ({ ...clean(item), name }))
}

/** The prompt that is known by this name. */
export async function findPrompt(connection: Connection, name: string): Promise<Named> {
  const found = (await promptsOf(connection)).find((prompt) => prompt.name === name)
  if (found !== undefined) return found
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt ${JSON.stringify(name.slice(0, 200))}.`)
}

async function promptsOf(connection: Connection): Promise<readonly Named[]> {
  const offers = await gather(connection, {
    capability: 'prompts',
    list: async (client) => (await client.listPrompts(undefined, connection.listing)).prompts,
    use: ({ name }) => ({ tool: 'prompts/get', input: { name } }),
  })
  const names = exposedNames(
    offers.map(({ upstream, item }) => ({ server: upstream.name, tool: item.name })),
    connection.upstreams.map(({ name }) => name),
  )
  return offers.map((offer, index) => ({ ...offer, name: names[index] ?? offer.item.name }))
}
