import { ProtocolError, ProtocolErrorCode, UriTemplate } from '@modelcontextprotocol/server'
import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/server'
import { clean } from '../answer/clean.js'
import type { Upstream } from '../server/upstream.js'
import type { Connection } from './connection.js'
import { gather } from './listing.js'
import type { Offer } from './listing.js'

/** Longer templates are not matched against addresses. */
const MAX_TEMPLATE = 1_000

/** Every resource once: where two servers offer an address, the one that is configured first has it. */
export async function listResources(connection: Connection): Promise<Resource[]> {
  const first = new Map<string, Offer<Resource>>()
  for (const offer of await resourcesOf(connection)) {
    const { uri } = offer.item
    const other = first.get(uri)
    if (other === undefined) first.set(uri, offer)
    else if (other.upstream !== offer.upstream) {
      connection.notice(offer.upstream, `offers ${uri.slice(0, 200)}, which is ${other.upstream.name}'s: not shown`)
    }
  }
  connection.resourceHomes = new Map([...first].map(([uri, { upstream }]) => [uri, upstream]))
  return [...first.values()].map(({ item }) => clean(item))
}

export async function listResourceTemplates(connection: Connection): Promise<ResourceTemplateType[]> {
  const offers = await templatesOf(connection)
  return offers.map(({ item }) => clean(item))
}

/** The server that a resource is asked of: the one that lists it, or whose template means it, or the only one there is. */
export async function homeOfResource(connection: Connection, uri: string): Promise<Upstream> {
  if (!connection.resourceHomes.has(uri)) await listResources(connection)
  const known = connection.resourceHomes.get(uri)
  if (known !== undefined) return known
  const template = (await templatesOf(connection)).find(({ item }) => isMeant(item.uriTemplate, uri))
  if (template !== undefined) return template.upstream
  const [only, another] = connection.upstreams.filter(({ capabilities }) => capabilities?.resources !== undefined)
  if (only !== undefined && another === undefined) return only
  throw new ProtocolError(ProtocolErrorCode.ResourceNotFound, `No server offers the resource ${uri.slice(0, 200)}.`)
}

function resourcesOf(connection: Connection): Promise<readonly Offer<Resource>[]> {
  return gather(connection, {
    capability: 'resources',
    list: async (client) => (await client.listResources(undefined, connection.listing)).resources,
    use: ({ uri }) => ({ tool: 'resources/read', input: { uri } }),
  })
}

function templatesOf(connection: Connection): Promise<readonly Offer<ResourceTemplateType>[]> {
  return gather(connection, {
    capability: 'resources',
    list: async (client) => (await client.listResourceTemplates(undefined, connection.listing)).resourceTemplates,
    use: ({ uriTemplate }) => ({ tool: 'resources/templates', input: { template: uriTemplate } }),
  })
}

function isMeant(template: string, uri: string): boolean {
  if (template === uri) return true
  if (template.length > MAX_TEMPLATE || uri.length > MAX_TEMPLATE) return false
  try {
    return new UriTemplate(template).match(uri) !== null
  } catch {
    return false // no template at all
  }
}
