// A server with everything: argv names what it adds or does differently, the rest of it is as servers are.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ProtocolError, Server } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'

const flags = new Set(process.argv.slice(2))
const secret = process.env.TEST_SECRET ?? ''
const text = (value) => ({ content: [{ type: 'text', text: value }] })
const tool = (name, description = name) => ({ name, description, inputSchema: { type: 'object' } })

const tools = {
  echo: ({ text: value = '' }) => text(`echo ${value}`),
  leak: () => ({
    content: [
      { type: 'text', text: `the key is ${secret}` },
      { type: 'resource', resource: { uri: 'notes://leak', text: secret } },
      { type: 'resource', resource: { uri: 'notes://blob', blob: Buffer.from(`x ${secret}`).toString('base64') } },
      { type: 'resource_link', uri: 'notes://link', name: 'link', description: secret },
      { type: 'image', mimeType: 'image/png', data: 'aGVsbG8=' },
    ],
    structuredContent: { deep: [{ token: secret }], password: 'Xk93mQz7Lw2v', [secret]: 1, mail: 'alice@example.com' },
    _meta: { trace: secret },
  }),
  fail: () => ({ isError: true, ...text(`no: ${secret}`) }),
  break: () => {
    throw new ProtocolError(-32000, `broken: ${secret}`, { data: secret })
  },
  big: ({ bytes }) => text('x'.repeat(bytes)),
  hang: (_, { signal }) =>
    new Promise((resolve) => {
      process.stderr.write('the call began\n')
      signal.addEventListener('abort', () => {
        process.stderr.write('the call was cancelled\n')
        resolve(text('late'))
      })
    }),
  die: () => process.exit(3),
  environment: () => text(Object.keys(process.env).sort().join(' ')),
  child: () => {
    const { pid } = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    })
    return text(`${process.pid} ${pid}`)
  },
  garbage: () => {
    process.stdout.write(`this is no JSON\n{"neither":"is this"}\n[1,2]\n\n`)
    return text('after the garbage')
  },
  flood: () => {
    process.stdout.write('y'.repeat(9_000_000))
    return text('never read')
  },
  slow: async (_, { notify, _meta }) => {
    for (let progress = 1; progress <= 3; progress += 1) {
      await new Promise((done) => setTimeout(done, 20))
      await notify({
        method: 'notifications/progress',
        params: { progressToken: _meta.progressToken, progress, total: 3, message: `step ${progress} ${secret}` },
      })
    }
    await new Promise((done) => setTimeout(done, 50))
    return text('slowly')
  },
  model: async (_, { send }) => {
    const messages = [{ role: 'user', content: { type: 'text', text: `what is ${secret}` } }]
    return answer(send({ method: 'sampling/createMessage', params: { messages, maxTokens: 5 } }))
  },
  person: async (_, { send }) => {
    const requestedSchema = { type: 'object', properties: { word: { type: 'string' } } }
    return answer(send({ method: 'elicitation/create', params: { message: `word? ${secret}`, requestedSchema } }))
  },
  roots: (_, { send }) => answer(send({ method: 'roots/list' })),
  log: async (_, { notify }) => {
    await notify({ method: 'notifications/message', params: { level: 'info', logger: 'own', data: `saw ${secret}` } })
    return text('logged')
  },
  add: async () => {
    extra.push(tool('added'))
    await server.sendToolListChanged()
    return text('added')
  },
}

async function answer(promise) {
  try {
    return text(JSON.stringify(await promise))
  } catch (error) {
    return text(`refused: ${error.message}`)
  }
}

const extra = []
const named =
  process.env.TEST_TOOLS === undefined ? undefined : JSON.parse(readFileSync(process.env.TEST_TOOLS, 'utf8'))
const server = new Server(
  { name: 'test', version: '1' },
  {
    capabilities: flags.has('only-tools')
      ? { tools: {}, experimental: { odd: {} } }
      : {
          tools: { listChanged: true },
          resources: { subscribe: true },
          prompts: {},
          completions: {},
          logging: {},
          experimental: { odd: {} },
        },
    instructions: flags.has('instructions') ? `Use echo. ${secret}` : undefined,
  },
)
server.setRequestHandler('tools/list', () => ({
  tools: named === undefined ? [...Object.keys(tools).map((name) => tool(name)), ...extra] : reread(),
}))
const reread = () => JSON.parse(readFileSync(process.env.TEST_TOOLS, 'utf8'))
server.setRequestHandler('tools/call', ({ params }, { mcpReq }) => {
  if (named !== undefined) return text(`called ${params.name}`)
  const run = tools[params.name]
  if (run === undefined) throw new ProtocolError(-32602, `no tool ${params.name}`)
  return run(params.arguments ?? {}, mcpReq)
})
if (!flags.has('only-tools')) {
  const resources = [
    { uri: 'notes://one', name: 'one' },
    { uri: 'notes://denied', name: 'denied' },
  ]
  server.setRequestHandler('resources/list', () => ({ resources }))
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [{ uriTemplate: 'notes://{name}', name: 'note' }],
  }))
  server.setRequestHandler('resources/read', ({ params }) => ({
    contents: [{ uri: params.uri, text: `note ${params.uri} ${secret}` }],
  }))
  server.setRequestHandler('resources/subscribe', async ({ params }) => {
    setTimeout(() => server.sendResourceUpdated({ uri: params.uri }), 20)
    return {}
  })
  server.setRequestHandler('prompts/list', () => ({ prompts: [{ name: 'review', arguments: [{ name: 'of' }] }] }))
  server.setRequestHandler('prompts/get', ({ params }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `review ${params.arguments?.of} ${secret}` } }],
  }))
  server.setRequestHandler('completion/complete', ({ params }) => ({
    completion: { values: [`${params.argument.value}-done`] },
  }))
}
if (flags.has('crash')) process.exit(4)
if (flags.has('late')) await new Promise((done) => setTimeout(done, 1500))
if (flags.has('mute')) process.stdin.resume()
else await server.connect(new StdioServerTransport())
