/** An MCP server that stands behind the gateway. */
export type ServerConfig = ProgramServer | RemoteServer

/** One that the gateway starts and speaks with over its standard input and output. */
export type ProgramServer = {
  readonly kind: 'stdio'
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** What the program gets besides the few variables that every program needs. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** One that listens somewhere: Streamable HTTP, or the older SSE. */
export type RemoteServer = {
  readonly kind: 'http' | 'sse'
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}
