// A server with one tool, written out by hand so that it needs no package.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const description = () =>
  process.env.DESCRIPTION === undefined ? 'run' : readFileSync(process.env.DESCRIPTION, 'utf8')
const answers = {
  initialize: () => ({
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'test', version: '1' },
  }),
  'tools/list': () => ({ tools: [{ name: 'run', description: description(), inputSchema: { type: 'object' } }] }),
  'tools/call': ({ arguments: { command } }) => ({
    content: [{ type: 'text', text: `ran ${command} as pid ${process.pid}` }],
  }),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  const answer = answers[method]
  if (id === undefined || answer === undefined) return
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: answer(params) })}\n`)
})
