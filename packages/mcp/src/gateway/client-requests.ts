import type { Client, ClientCapabilities, ClientContext, RequestOptions } from '@modelcontextprotocol/client'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client'
import { scan } from '@loki/policies'
import type { Action } from '@loki/guard'
import { clean, withoutSecrets } from '../answer/clean.js'
import { McpError, messageOf } from '../errors.js'
import type { Upstream } from '../server/upstream.js'
import { actionOf } from './action.js'
import type { AgentServer } from './agent-server.js'
import type { Connection } from './connection.js'
import { Refusal } from './governor.js'

/** A person answers these; nobody waits longer. */
const ANSWER_MS = 10 * 60_000

/** What servers are offered of what the agent offers: nothing that the gateway does not understand and check. */
export function offeredTo(agent: ClientCapabilities, sampling: boolean): ClientCapabilities {
  const { roots, elicitation } = agent
  return {
    ...(roots === undefined ? {} : { roots: { listChanged: roots.listChanged === true } }),
    ...(elicitation === undefined
      ? {}
      : {
          elicitation: {
            ...(elicitation.form === undefined && elicitation.url !== undefined ? {} : { form: {} }),
            ...(elicitation.url === undefined ? {} : { url: {} }),
          },
        }),
    ...(sampling && agent.sampling !== undefined ? { sampling: {} } : {}),
  }
}

/**
 * Answers what a server asks of the agent: each question is put before the guard like a call of the agent, loses its secrets,
 * and goes on. What a server was not offered it cannot ask.
 */
export function answerServer(
  client: Client,
  {
    upstream,
    connection,
    offered,
  }: {
    readonly upstream: Upstream
    readonly connection: Connection
    readonly offered: ClientCapabilities
  },
): void {
  const agent = (): AgentServer => {
    if (connection.agent !== undefined) return connection.agent
    throw new McpError('REFUSED', 'The agent is not connected yet.')
  }
  const options = ({ mcpReq }: ClientContext): RequestOptions => ({ signal: mcpReq.signal, timeout: ANSWER_MS })
  const governed = <T>(method: string, params: unknown, question: Question<T>): Promise<T> => {
    const action = actionOf(connection.actor, { config: upstream.config, tool: method, input: { params } })
    return ask(connection, action, question)
  }

  if (offered.roots !== undefined) {
    client.setRequestHandler('roots/list', (_, context) => agent().request({ method: 'roots/list' }, options(context)))
  }
  if (offered.elicitation !== undefined) {
    const method = 'elicitation/create'
    client.setRequestHandler(method, ({ params }, context) =>
      governed(method, params, {
        context,
        work: async () => {
          const given = await agent().request({ method, params: clean(params) }, options(context))
          const secret = scan(JSON.stringify(given.content ?? {}), { pii: false })[0]
          if (secret === undefined) return given
          connection.notice(upstream, `was not given a person’s answer: it holds a ${secret.kind}`)
          return { action: 'decline' as const }
        },
      }),
    )
  }
  if (offered.sampling !== undefined) {
    const method = 'sampling/createMessage'
    client.setRequestHandler(method, ({ params }, context) =>
      governed(method, params, {
        context,
        work: () => agent().request({ method, params: clean(params) }, options(context)),
      }),
    )
  }
}

interface Question<T> {
  readonly context: ClientContext
  readonly work: () => Promise<T>
}

async function ask<T>({ governor }: Connection, action: Action, { context, work }: Question<T>): Promise<T> {
  try {
    return await governor.run(action, async () => ({ value: await work() }), context.mcpReq.signal)
  } catch (thrown) {
    // To a server a refusal is an error: what it asks for has no other form.
    if (thrown instanceof Refusal) throw new ProtocolError(ProtocolErrorCode.InvalidRequest, 'Refused by policy.')
    throw new ProtocolError(ProtocolErrorCode.InternalError, withoutSecrets(messageOf(thrown)))
  }
}
