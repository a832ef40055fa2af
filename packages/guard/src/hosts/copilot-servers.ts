import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const MAX_BYTES = 1024 * 1024
/** Copilot brings this one along. */
const BUILT_IN = ['github-mcp-server']

/** Names of the MCP servers that Copilot CLI is set up with. A file that cannot be read adds none. */
export function copilotServers(
  projectDir: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const files = [
    join(env.COPILOT_HOME ?? join(env.HOME ?? homedir(), '.copilot'), 'mcp-config.json'),
    join(projectDir, '.mcp.json'),
    join(projectDir, '.github', 'mcp.json'),
    join(projectDir, '.vscode', 'mcp.json'),
  ]
  return [...BUILT_IN, ...files.flatMap(serversIn)]
}

function serversIn(file: string): readonly string[] {
  try {
    if (statSync(file).size > MAX_BYTES) return []
    const settings = JSON.parse(readFileSync(file, 'utf8')) as { mcpServers?: object; servers?: object } // keys only
    return [...Object.keys(settings.mcpServers ?? {}), ...Object.keys(settings.servers ?? {})]
  } catch {
    return [] // names only make the record better: an unknown server is judged by the name of its tool
  }
}
