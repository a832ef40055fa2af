import type { CallToolRequest, CallToolResult, ListToolsResult, ServerContext } from '@modelcontextprotocol/server'
import { refusalText } from '@loki/guard'
import { withoutSecrets } from '../answer/clean.js'
import { messageOf } from '../errors.js'
import { shownTool } from '../tools/catalogue.js'
import type { Entry } from '../tools/catalogue.js'
import { actionOf } from './action.js'
import { Refusal } from './governor.js'
import { forwarding } from './forwarding.js'
import type { Connection } from './connection.js'

/** What an agent sees of the tools of all servers. */
export async function listTools({ catalogue }: Connection): Promise<ListToolsResult> {
  const entries = await catalogue.refresh()
  return { tools: entries.filter(({ hidden }) => hidden === undefined).map(shownTool) }
}

/**
 * Calls a tool if the guard lets it. Whatever stands in the way is a result with `isError` that says why, never an error of
 * the protocol: hosts give the first to the model and end the session on the second.
 */
export async function callTool(
  connection: Connection,
  { params }: CallToolRequest,
  context: ServerContext,
): Promise<CallToolResult> {
  try {
    const entry = await connection.catalogue.find(params.name)
    if (entry === undefined) return failure(`There is no tool ${JSON.stringify(params.name.slice(0, 200))}.`)
    const { hidden } = entry
    if (hidden !== undefined && hidden.because !== 'policy') {
      const verdict = await connection.refuseHidden(entry, hidden)
      return failure(refusalText(verdict))
    }
    return await governedCall(connection, entry, params, context)
  } catch (thrown) {
    if (thrown instanceof Refusal) return failure(thrown.message)
    return failure(withoutSecrets(`The call failed: ${messageOf(thrown)}`))
  }
}

async function governedCall(
  connection: Connection,
  entry: Entry,
  params: CallToolRequest['params'],
  context: ServerContext,
): Promise<CallToolResult> {
  const { upstream, tool } = entry
  const input = params.arguments ?? {}
  const action = actionOf(connection.actor, { config: upstream.config, tool: tool.name, input })
  return connection.governor.run(
    action,
    async () => {
      const asked = { method: 'tools/call' as const, params: { name: tool.name, arguments: input } }
      const options = forwarding(context, connection.settings.callMs)
      const value = await upstream.ask((client) => client.request(asked, options))
      return value.isError === true ? { value, failed: errorOf(value) } : { value }
    },
    context.mcpReq.signal,
  )
}

function errorOf({ content }: CallToolResult): string {
  const text = content.find((block) => block.type === 'text')?.text ?? 'the tool reported an error'
  return withoutSecrets(text.slice(0, 4096))
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] }
}
