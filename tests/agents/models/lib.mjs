// Shared parts of the scripted model servers. No dependencies, Node >= 20.
//
// A server plays a script instead of a model. It keeps no state: the turn to play is read from the request, because the
// ids of the tool calls made so far stand in its history as call_fake_<turn>_<n>. Resumed runs, sub-agents and parallel
// runs on one server therefore work. The script format is in README.md.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'

/** Folder of this file; the value of the placeholder {{MODELS}}. */
export const MODELS = path.dirname(fileURLToPath(import.meta.url))

/** Replaces {{NAME}} in text by vars.NAME; an unknown name is an error. */
export function fill(text, vars, quote = String) {
  return text.replace(/\{\{([A-Z_]+)\}\}/g, (all, name) => {
    if (vars[name] === undefined) throw new Error(`no value for ${all}; known: ${Object.keys(vars).join(', ')}`)
    return quote(vars[name])
  })
}

/** The same inside JSON or TOML strings. */
export const fillQuoted = (text, vars) => fill(text, vars, (value) => JSON.stringify(String(value)).slice(1, -1))

export function loadScript(file, vars = {}) {
  const script = JSON.parse(fillQuoted(fs.readFileSync(file, 'utf8'), { MODELS, ...vars }))
  if (!Array.isArray(script.turns) || script.turns.length === 0)
    throw new Error(`${file}: "turns" must be a non-empty list`)
  return script
}

/** Which turn answers this request. A request without tools (title, summary, router) is a side request. */
export function pickTurn(script, { historyText, userText, hasTools }) {
  if (!hasTools && !script.answerWithoutTools) return { turn: { text: script.sideText ?? 'ok' }, n: 0, side: true }
  const route = (script.routes ?? []).find((r) => new RegExp(r.match, 's').test(userText))
  const turns = route?.turns ?? script.turns
  let last = -1
  for (const m of historyText.matchAll(/call_fake_(\d+)_\d+/g)) last = Math.max(last, Number(m[1]))
  const n = Math.min(last + 1, turns.length - 1)
  return { turn: turns[n], n, side: false }
}

/** Token counts of a turn: input includes what was read from the cache, except in the Anthropic protocol. */
export function usageOf(turn) {
  return { input: 100, output: 20, cache_read: 0, cache_write: 0, reasoning: 0, ...turn.usage }
}

/** Text of a message content: a string, or a list of parts of which some have `text`. */
export const textOf = (content) =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('\n')

const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|x-api-key|x-goog-api-key|api-key)$/
const headersForLog = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, SECRET_HEADER.test(k) ? '<present>' : v]))

/** HTTP server on loopback; each request becomes one line of the log once its answer is finished. */
export function serve({ port = 0, host = '127.0.0.1', log, handler }) {
  if (log) fs.mkdirSync(path.dirname(path.resolve(log)), { recursive: true })
  const stream = log ? fs.createWriteStream(log, { flags: 'a' }) : null
  let seq = 0
  const server = http.createServer((req, res) => {
    const chunks = []
    req.on('data', (c) => chunks.push(c))
    req.on('end', async () => {
      const raw = Buffer.concat(chunks)
      let body = null
      try {
        body = JSON.parse(raw.toString('utf8'))
      } catch {
        /* not JSON: kept as base64 below */
      }
      const rec = {
        seq: seq++,
        at: new Date().toISOString(),
        method: req.method,
        url: req.url,
        headers: headersForLog(req.headers),
        body: body ?? (raw.length ? raw.toString('base64').slice(0, 20000) : null),
      }
      res.on('finish', () => {
        rec.status = res.statusCode
        stream?.write(JSON.stringify(rec) + '\n')
      })
      try {
        await handler(req, res, body, rec)
      } catch (error) {
        rec.serverError = String(error.stack)
        if (!res.headersSent) res.writeHead(500)
        res.end(String(error))
      }
    })
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, host, () =>
      resolve({
        port: server.address().port,
        close: () =>
          new Promise((done) => {
            server.close(() => (stream ? stream.end(done) : done()))
            server.closeAllConnections()
          }),
      }),
    )
  })
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export function json(res, status, body, headers = {}) {
  res.writeHead(status, { 'content-type': 'application/json', ...headers })
  res.end(JSON.stringify(body))
}

/** Starts server-sent events and returns a writer of raw data strings. */
export function eventStream(res, headers = {}) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers })
  return (data, event) =>
    res.write(`${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
}

/** Makes a server module runnable: node X.mjs --script FILE [--port N] [--log FILE] [--cwd DIR]; prints {"port":N}. */
export async function runAsMain(meta, start, { needsScript = true } = {}) {
  if (!process.argv[1] || fs.realpathSync(process.argv[1]) !== fileURLToPath(meta.url)) return
  const text = { type: 'string' }
  const { values } = parseArgs({ options: { script: text, port: text, log: text, cwd: text } })
  if (needsScript && !values.script) throw new Error('--script FILE is required')
  const server = await start({
    port: Number(values.port ?? 0),
    log: values.log,
    script: values.script && loadScript(values.script, { CWD: path.resolve(values.cwd ?? '.') }),
  })
  console.log(JSON.stringify({ port: server.port }))
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.close().then(() => process.exit(0)))
}
