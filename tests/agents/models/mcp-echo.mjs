// Smallest MCP server over stdio (newline-delimited JSON-RPC) with the tools echo(text), read-only, write_note(text), and
// reveal(text), which answers with something that looks like a token.
//   command: node, args: [mcp-echo.mjs]; MCP_LOG=FILE appends every message it receives
import fs from 'node:fs'
import readline from 'node:readline'

const inputSchema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }
const tools = [
  { name: 'echo', description: 'Echo text', inputSchema, annotations: { readOnlyHint: true } },
  { name: 'write_note', description: 'Write a note', inputSchema },
  { name: 'reveal', description: 'Reveal a token', inputSchema, annotations: { readOnlyHint: true } },
]
/** Of no account, and in two parts, so that no scanner takes this file for a leak. */
const token = ['ghp', 'Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe9Dc8'].join('_')
const methods = {
  initialize: (p) => ({
    protocolVersion: p.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'fake-mcp', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: given }) => ({
    content: [{ type: 'text', text: `mcp ${name}: ${name === 'reveal' ? token : given?.text}` }],
  }),
  ping: () => ({}),
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  if (!line.trim()) return
  if (process.env.MCP_LOG) fs.appendFileSync(process.env.MCP_LOG, line + '\n')
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return // a notification
  const answer = methods[method]
    ? { result: methods[method](params) }
    : { error: { code: -32601, message: `no ${method}` } }
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...answer }) + '\n')
})
