import type { Tool } from '@modelcontextprotocol/client'

/** What a name of a tool may be made of; anything else can look like another name (MCP 2025-11-25, tool names). */
const NAME = /^[A-Za-z0-9_./-]{1,128}$/
/** Characters that a person does not see and a model reads: tags, controls of direction. */
const INVISIBLE = /[\u{E0000}-\u{E007F}\u202A-\u202E\u2066-\u2069]/u
const MAX_DEFINITION = 128 * 1024

/** Why a tool is not shown whatever policy says; `undefined` where nothing is wrong with it. */
export function defectOf(tool: Tool, siblings: readonly Tool[]): string | undefined {
  if (!NAME.test(tool.name)) return 'its name has characters that can pass for others, or too many'
  if (siblings.some((one) => one !== tool && one.name === tool.name)) return 'its server offers two tools of this name'
  const text = JSON.stringify(tool)
  if (Buffer.byteLength(text) > MAX_DEFINITION) return `its definition has more than ${MAX_DEFINITION} bytes`
  // JSON.stringify leaves these characters as they are.
  if (INVISIBLE.test(text)) return 'its definition holds characters that nobody sees'
  return undefined
}

/**
 * The names under which tools are shown: their own, and `server__tool` where two servers offer one name, or where a name
 * begins as the prefixed names of another server do. No name ever leads to two tools.
 */
export function exposedNames(
  offers: readonly { readonly server: string; readonly tool: string }[],
  servers: readonly string[],
): readonly string[] {
  const count = new Map<string, number>()
  for (const { tool } of offers) count.set(tool, (count.get(tool) ?? 0) + 1)
  return offers.map(({ server, tool }) => {
    const posesAs = servers.some((one) => tool.startsWith(`${one}__`))
    return (count.get(tool) ?? 0) > 1 || posesAs ? `${server}__${tool}` : tool
  })
}
