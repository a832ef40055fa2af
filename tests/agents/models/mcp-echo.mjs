// Smallest MCP server over stdio (newline-delimited JSON-RPC) with the tools echo(text), read-only, and write_note(text).
//   command: node, args: [mcp-echo.mjs]; MCP_LOG=FILE appends every message it receives
import fs from 'node:fs'
import readline from 'node:readline'

const inputSchema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }
const tools = [
  { name: 'echo', description: 'Echo text', inputSchema, annotations: { readOnlyHint: true } },
  { name: 'write_note', description: 'Write a note', inputSchema },
]
const methods = {
  initialize: (p) => ({
    protocolVersion: p.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'fake-mcp', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools }),
  'tools/call': (p) => ({ content: [{ type: 'text', text: `mcp ${p.name}: ${p.arguments?.text}` }] }),
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
