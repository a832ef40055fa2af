import type { Client } from '@modelcontextprotocol/client'
import { clean } from '../answer/clean.js'
import type { AgentServer } from './agent-server.js'
import type { Upstream } from '../server/upstream.js'

type List = 'tools' | 'resources' | 'prompts'

/** Changes that come faster are told as one, so that a server cannot keep an agent busy with them. */
const PAUSE_MS = 250
/** Log messages and updates of one connection per second; more are dropped. */
const MAX_PER_SECOND = 50
const MAX_MESSAGE = 64 * 1024

/** Passes on what servers announce: lists that changed, resources that changed, log messages. */
export class Announcements {
  readonly #waiting = new Set<List>()
  #agent: AgentServer | undefined
  #timer: NodeJS.Timeout | undefined
  #second = 0
  #sent = 0

  /** From now on there is an agent to tell. */
  goTo(agent: AgentServer): void {
    this.#agent = agent
    if (this.#waiting.size > 0) this.#soon()
  }

  changed(list: List): void {
    this.#waiting.add(list)
    this.#soon()
  }

  changedAll(): void {
    for (const list of ['tools', 'resources', 'prompts'] as const) this.changed(list)
  }

  /** Hears what a server announces over a new connection. */
  listen(client: Client, { name }: Upstream): void {
    for (const list of ['tools', 'resources', 'prompts'] as const) {
      client.setNotificationHandler(`notifications/${list}/list_changed`, () => {
        this.changed(list)
      })
    }
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      this.#tell('notifications/resources/updated', params)
    })
    client.setNotificationHandler('notifications/elicitation/complete', ({ params }) => {
      this.#tell('notifications/elicitation/complete', params)
    })
    client.setNotificationHandler('notifications/message', ({ params }) => {
      const logger = params.logger === undefined ? name : `${name}/${params.logger}`
      this.#tell('notifications/message', { ...params, logger })
    })
  }

  #tell(method: string, params: Readonly<Record<string, unknown>>): void {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#sent = 0
    this.#second = second
    this.#sent += 1
    if (this.#sent > MAX_PER_SECOND || JSON.stringify(params).length > MAX_MESSAGE) return
    this.#send(method, { ...clean(params) })
  }

  #soon(): void {
    if (this.#agent === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      for (const list of this.#waiting) this.#send(`notifications/${list}/list_changed`)
      this.#waiting.clear()
    }, PAUSE_MS).unref()
  }

  /** An agent that has left, or was not told of the capability, hears nothing. */
  #send(method: string, params?: Record<string, unknown>): void {
    const notification = params === undefined ? { method } : { method, params }
    this.#agent?.notification(notification).catch(() => undefined)
  }
}
