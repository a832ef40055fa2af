import type { Transport } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { settingsOf } from './options.js'
import type { GatewayOptions } from './options.js'
import { serveAgent } from './session.js'
import type { AgentSession } from './session.js'
import type { StdioOptions } from '../start.js'

/** Serves one agent over standard input and output. */
export function serveStdio(options: GatewayOptions, { stdin, stdout }: StdioOptions): Promise<AgentSession> {
  const settings = settingsOf(options)
  const transport: Transport = new StdioServerTransport(stdin, stdout, { maxBufferSize: settings.maxMessageBytes })
  return serveAgent(transport, settings)
}
