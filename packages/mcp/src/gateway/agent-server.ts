import { Server } from '@modelcontextprotocol/server'

/** The agent's end of the gateway: one that answers requests itself, whatever the servers behind it offer. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor registers tools one by one; a gateway answers for any
export class AgentServer extends Server {}
