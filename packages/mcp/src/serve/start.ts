import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { StdioOptions } from '../start.js'
import type { LokiToolsOptions } from './options.js'
import { lokiTools } from './tools.js'

/** Loki's tools over standard input and output. */
export interface LokiTools {
  /** Resolves when the agent has left. */
  readonly done: Promise<void>
  close(): Promise<void>
}

export async function serveLokiTools(options: LokiToolsOptions, { stdin, stdout }: StdioOptions): Promise<LokiTools> {
  const server = lokiTools(options)
  const done = new Promise<void>((resolve) => {
    server.server.onclose = resolve
  })
  await server.connect(new StdioServerTransport(stdin, stdout))
  return { done, close: () => server.close() }
}
