import type { Readable, Writable } from 'node:stream'
import type { GatewayOptions } from './gateway/options.js'
import type { AgentSession } from './gateway/session.js'
import type { DoorOptions, HttpGateway } from './http/door.js'
import type { LokiToolsOptions } from './serve/options.js'
import type { LokiTools } from './serve/start.js'
import type { ToolListing } from './tools/listing.js'

// What does the work, and the SDK with it, is loaded where it is asked for: to know of the gateway costs nothing.

/** Where an agent speaks; default standard input and output. */
export interface StdioOptions {
  readonly stdin?: Readable
  readonly stdout?: Writable
}

/** Stands between an agent that speaks MCP over standard input and output and its servers. Resolves when it listens. */
export async function startGateway(options: GatewayOptions, streams: StdioOptions = {}): Promise<AgentSession> {
  const { serveStdio } = await import('./gateway/start.js')
  return serveStdio(options, streams)
}

/** The same for any number of agents that speak Streamable HTTP, on 127.0.0.1 and with a token. */
export async function listenGateway(options: GatewayOptions, door: DoorOptions): Promise<HttpGateway> {
  const { openDoor } = await import('./http/door.js')
  return openDoor(options, door)
}

/** Serves Loki's own tools to an agent over standard input and output. */
export async function serveTools(options: LokiToolsOptions, streams: StdioOptions = {}): Promise<LokiTools> {
  const { serveLokiTools } = await import('./serve/start.js')
  return serveLokiTools(options, streams)
}

/** Asks every server for its tools and says of each what an agent would see, and why not. Accepts and records nothing. */
export async function listTools(options: Omit<GatewayOptions, 'guard' | 'audit'>): Promise<readonly ToolListing[]> {
  const { toolListing } = await import('./tools/listing.js')
  return toolListing(options)
}
