import type { Client, RequestOptions } from '@modelcontextprotocol/client'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { CompleteResult, GetPromptResult, ReadResourceResult, ServerContext } from '@modelcontextprotocol/server'
import { withoutSecrets } from '../answer/clean.js'
import { messageOf } from '../errors.js'
import { without } from '../json.js'
import type { Fields } from '../json.js'
import type { Upstream } from '../server/upstream.js'
import { actionOf } from './action.js'
import type { AgentServer } from './agent-server.js'
import type { Connection } from './connection.js'
import { forwarding } from './forwarding.js'
import { Refusal } from './governor.js'
import { findPrompt, listPrompts } from './prompts.js'
import { homeOfResource, listResources, listResourceTemplates } from './resources.js'
import { callTool, listTools } from './tools.js'

/** Sets up what the gateway answers to an agent, so far as it was told that it can be asked. */
export function setHandlers(server: AgentServer, connection: Connection): void {
  const { resources, prompts, completions, logging } = server.getCapabilities()
  server.setRequestHandler('tools/list', () => listTools(connection))
  server.setRequestHandler('tools/call', (request, context) => callTool(connection, request, context))
  if (resources !== undefined) setResourceHandlers(server, connection)
  if (prompts !== undefined) {
    const method = 'prompts/get'
    server.setRequestHandler('prompts/list', async () => ({ prompts: await listPrompts(connection) }))
    server.setRequestHandler(method, async ({ params }, context) => {
      const { upstream, item } = await findPrompt(connection, params.name)
      const input = { ...without(params, '_meta'), name: item.name }
      const send: Sent<GetPromptResult>['send'] = (client, options) =>
        client.request({ method, params: input }, options)
      return govern(connection, context, { upstream, method, input, send })
    })
  }
  if (completions !== undefined) {
    const method = 'completion/complete'
    server.setRequestHandler(method, async ({ params }, context) => {
      const { ref } = params
      const asked = without(params, '_meta')
      const home =
        ref.type === 'ref/prompt'
          ? await findPrompt(connection, ref.name)
          : { upstream: await homeOfResource(connection, ref.uri), item: undefined }
      const input = home.item === undefined ? asked : { ...asked, ref: { ...ref, name: home.item.name } }
      const send: Sent<CompleteResult>['send'] = (client, options) => client.request({ method, params: input }, options)
      return govern(connection, context, { upstream: home.upstream, method, input, send })
    })
  }
  if (logging !== undefined) {
    server.setRequestHandler('logging/setLevel', async ({ params }) => {
      const able = connection.upstreams.filter(({ capabilities }) => capabilities?.logging !== undefined)
      await Promise.allSettled(
        able.map(async (upstream) => (await upstream.client()).request({ method: 'logging/setLevel', params })),
      )
      return {}
    })
  }
  server.setNotificationHandler('notifications/roots/list_changed', async () => {
    const notified = connection.upstreams.map(async (upstream) =>
      (await upstream.client()).notification({ method: 'notifications/roots/list_changed' }),
    )
    await Promise.allSettled(notified)
  })
}

function setResourceHandlers(server: AgentServer, connection: Connection): void {
  server.setRequestHandler('resources/list', async () => ({ resources: await listResources(connection) }))
  server.setRequestHandler('resources/templates/list', async () => ({
    resourceTemplates: await listResourceTemplates(connection),
  }))
  server.setRequestHandler('resources/read', async ({ params }, context) => {
    const upstream = await homeOfResource(connection, params.uri)
    const input = without(params, '_meta')
    const send: Sent<ReadResourceResult>['send'] = (client, options) =>
      client.request({ method: 'resources/read', params: input }, options)
    return govern(connection, context, { upstream, method: 'resources/read', input, send })
  })
  for (const method of ['resources/subscribe', 'resources/unsubscribe'] as const) {
    server.setRequestHandler(method, async ({ params }, context) => {
      const upstream = await homeOfResource(connection, params.uri)
      const input = { uri: params.uri }
      await govern(connection, context, {
        upstream,
        method,
        input,
        send: (client, options) => client.request({ method, params: input }, options),
      })
      return {}
    })
  }
}

interface Sent<T> {
  readonly upstream: Upstream
  readonly method: string
  readonly input: Fields
  readonly send: (client: Client, options: RequestOptions) => Promise<T>
}

/** Sends a request on if the guard lets it. To these, unlike calls of tools, a refusal can only be an error. */
async function govern<T>(connection: Connection, context: ServerContext, sent: Sent<T>): Promise<T> {
  const { upstream, method, input, send } = sent
  const action = actionOf(connection.actor, { config: upstream.config, tool: method, input })
  const options = forwarding(context, connection.settings.callMs)
  try {
    return await connection.governor.run(
      action,
      async () => ({ value: await upstream.ask((client) => send(client, options)) }),
      context.mcpReq.signal,
    )
  } catch (thrown) {
    if (thrown instanceof Refusal) throw new ProtocolError(ProtocolErrorCode.InvalidRequest, thrown.message)
    const code = thrown instanceof ProtocolError ? thrown.code : ProtocolErrorCode.InternalError
    throw new ProtocolError(code, withoutSecrets(messageOf(thrown)))
  }
}
