import { randomBytes } from 'node:crypto'
import { openGuard } from '@loki/guard'
import type { Transport } from '@modelcontextprotocol/server'
import { withoutSecrets } from '../answer/clean.js'
import { messageOf } from '../errors.js'
import { Upstream } from '../server/upstream.js'
import { AgentServer } from './agent-server.js'
import { offeredToAgent } from './capabilities.js'
import { answerServer, offeredTo } from './client-requests.js'
import { Connection } from './connection.js'
import { setHandlers } from './handlers.js'
import type { Governor } from './governor.js'
import { HeldTransport } from './held-transport.js'
import type { Introduction } from './held-transport.js'
import { instructionsOf } from './instructions.js'
import type { Settings } from './options.js'

/** How long the records of requests that end with the agent may take, in milliseconds. */
const RECORDS_MS = 5_000

/** One agent that is connected to the gateway, with servers of its own. */
export interface AgentSession {
  /** Resolves when the agent has left and everything of its is ended. */
  readonly done: Promise<void>
  close(): Promise<void>
  /** Ends the servers' processes without waiting. */
  kill(): void
}

/** Serves the agent at the other end of a transport. Servers start when the agent has introduced itself. */
export async function serveAgent(transport: Transport, settings: Settings): Promise<AgentSession> {
  const held = new HeldTransport(transport)
  const upstreams: Upstream[] = []
  let server: AgentServer | undefined
  let governor: Governor | undefined
  let closing: Promise<void> | undefined
  let ended: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    ended = resolve
  })
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await server?.close().catch(() => undefined)
      await held.close().catch(() => undefined)
      await Promise.allSettled(upstreams.map((upstream) => upstream.close()))
      await withinMs(governor?.idle() ?? Promise.resolve(), RECORDS_MS)
      ended()
    })()
    return closing
  }
  const isClosing = (): boolean => closing !== undefined
  held.onclose = () => void close()
  held.onerror = (error) => {
    settings.onNotice(`the agent’s connection: ${withoutSecrets(error.message)}`)
  }
  void held.introduced
    .then(async (introduction) => {
      if (isClosing()) return
      const connection = connectionFor(introduction, { settings, upstreams })
      governor = connection.governor
      server = await openServer(connection)
      server.onclose = () => void close()
      if (!isClosing()) await server.connect(held)
      else await Promise.allSettled(upstreams.map((upstream) => upstream.close()))
    })
    .catch((thrown: unknown) => {
      settings.onNotice(messageOf(thrown))
      void close()
    })
  await held.listen()
  return {
    done,
    close,
    kill: () => {
      for (const upstream of upstreams) upstream.kill()
    },
  }
}

/** A connection whose servers wait to be started. */
function connectionFor(
  { client, capabilities }: Introduction,
  { settings, upstreams }: { readonly settings: Settings; readonly upstreams: Upstream[] },
): Connection {
  const { projectDir, env, servers, version, connectMs, maxMessageBytes, now } = settings
  const actor = { session: settings.session ?? sessionOf(client.name, env), projectDir }
  const offered = offeredTo(capabilities, settings.sampling)
  const preview = openGuard({ projectDir, env, enabled: true, pauseHoldMs: 0 })
  const connection = new Connection({ settings, actor, upstreams, preview })
  const { announcements } = connection
  for (const config of servers) {
    const upstream = new Upstream(config, {
      ...{ env, version, connectMs, maxMessageBytes, now, capabilities: offered },
      onWords: (text) => {
        connection.notice(upstream, text)
      },
      prepare: (one) => {
        answerServer(one, { upstream, connection, offered })
        announcements.listen(one, upstream)
      },
      onReady: () => {
        if (connection.agent !== undefined) announcements.changedAll()
      },
      onLost: () => {
        connection.notice(upstream, 'its connection ended; it is started again when it is next needed')
        announcements.changed('tools')
      },
    })
    upstreams.push(upstream)
  }
  return connection
}

async function openServer(connection: Connection): Promise<AgentServer> {
  const { upstreams, settings, announcements } = connection
  // Those that are not there in time still join: the agent is then told to list again.
  await withinMs(Promise.all(upstreams.map((upstream) => upstream.client().catch(() => undefined))), settings.startMs)
  const instructions = await instructionsOf(connection)
  const server = new AgentServer(
    { name: 'loki', version: settings.version },
    { capabilities: offeredToAgent(upstreams), ...(instructions === undefined ? {} : { instructions }) },
  )
  setHandlers(server, connection)
  connection.agent = server
  server.oninitialized = () => {
    announcements.goTo(server)
  }
  return server
}

/** The Loki session where there is one, else one named after the agent, which says itself what it is called. */
function sessionOf(client: string, env: NodeJS.ProcessEnv): string {
  const { LOKI_SESSION_ID } = env
  if (LOKI_SESSION_ID !== undefined && LOKI_SESSION_ID !== '') return LOKI_SESSION_ID
  const name = client.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return `${name === '' ? 'agent' : name.slice(0, 64)}-${randomBytes(4).toString('hex')}`
}

/** Waits for the work, but not for longer. */
async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
