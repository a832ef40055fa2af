import type { Action, HostName } from './action.js'

/** An agent that has not acted for this long is no longer counted, whether or not its host said that it ended. */
const QUIET_MS = 15 * 60_000

/** Doors of our own through which a person or the runner acts: they start agents and are none. */
const STARTERS: readonly HostName[] = ['cli', 'command']

/** Counts which agents are at work in a project, from what they do. */
export class ActiveAgents {
  readonly #lastSeen = new Map<string, number>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  /**
   * Notes the agent of an action and returns how many are at work. Starting an agent counts the one that would start,
   * so that `active_agents <= 1` lets no second one begin.
   */
  count(action: Action): number {
    const now = this.#now().getTime()
    for (const [agent, seen] of this.#lastSeen) if (now - seen > QUIET_MS) this.#lastSeen.delete(agent)
    if (!STARTERS.includes(action.host)) this.#lastSeen.set(key(action.session, action.agent), now)
    return this.#lastSeen.size + (action.kind === 'agent' ? 1 : 0)
  }

  /** Forgets an agent, or with its session every agent of it. */
  ended(session: string, agent?: string): void {
    if (agent !== undefined) this.#lastSeen.delete(key(session, agent))
    else for (const name of this.#lastSeen.keys()) if (name.startsWith(`${session}\0`)) this.#lastSeen.delete(name)
  }
}

function key(session: string, agent: string): string {
  return `${session}\0${agent}`
}
