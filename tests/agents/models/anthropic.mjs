// Scripted Anthropic Messages API: POST /v1/messages (streamed or not), POST /v1/messages/count_tokens, GET /v1/models.
//   node anthropic.mjs --script scripts/claude-shell.json --port 8101 --log requests.jsonl
import { eventStream, json, pickTurn, runAsMain, serve, sleep, textOf, usageOf } from './lib.mjs'

const MODELS_LIST = {
  data: [{ type: 'model', id: 'claude-sonnet-4-5', display_name: 'fake', created_at: '2025-01-01T00:00:00Z' }],
  has_more: false,
}

export function start({ port, log, script }) {
  return serve({
    port,
    log,
    handler: async (req, res, body, rec) => {
      const path = req.url.split('?')[0]
      if (path === '/v1/messages/count_tokens')
        return json(res, 200, { input_tokens: Math.ceil(JSON.stringify(body).length / 4) })
      if (req.method === 'GET' && path === '/v1/models') return json(res, 200, MODELS_LIST)
      if (req.method !== 'POST' || path !== '/v1/messages') {
        return json(res, 404, { type: 'error', error: { type: 'not_found_error', message: `fake: ${path}` } })
      }

      // Only the first user message chooses the route: later ones carry reminders that quote sub-agents' prompts.
      const first = (body.messages ?? []).find((m) => m.role === 'user')
      const { turn, n, side } = pickTurn(script, {
        historyText: JSON.stringify(body.messages),
        userText: textOf(first?.content),
        hasTools: (body.tools ?? []).length > 0,
      })
      rec.turn = side ? 'side' : n
      if (turn.delay_ms) await sleep(turn.delay_ms)
      if (turn.status) {
        return json(
          res,
          turn.status,
          turn.error ?? { type: 'error', error: { type: 'overloaded_error', message: 'fake overload' } },
        )
      }

      const id = `msg_fake_${rec.seq}`
      const content = turn.text ? [{ type: 'text', text: turn.text }] : []
      ;(turn.tools ?? []).forEach((t, i) =>
        content.push({ type: 'tool_use', id: `call_fake_${n}_${i}`, name: t.name, input: t.input }),
      )
      const stop_reason = turn.tools?.length ? 'tool_use' : 'end_turn'
      const u = usageOf(turn)
      const usage = {
        input_tokens: u.input,
        cache_creation_input_tokens: u.cache_write,
        cache_read_input_tokens: u.cache_read,
        output_tokens: u.output,
      }
      const message = { id, type: 'message', role: 'assistant', model: body.model, stop_sequence: null }
      if (!body.stream)
        return json(res, 200, { ...message, content, stop_reason, usage }, { 'request-id': `req_${id}` })

      const write = eventStream(res, { 'request-id': `req_${id}` })
      const ev = (type, data) => write({ type, ...data }, type)
      ev('message_start', {
        message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
      })
      content.forEach((block, index) => {
        if (block.type === 'text') {
          ev('content_block_start', { index, content_block: { type: 'text', text: '' } })
          for (const text of block.text.match(/.{1,24}/gs) ?? [])
            ev('content_block_delta', { index, delta: { type: 'text_delta', text } })
        } else {
          ev('content_block_start', { index, content_block: { ...block, input: {} } })
          for (const partial_json of JSON.stringify(block.input).match(/.{1,40}/gs) ?? []) {
            ev('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } })
          }
        }
        ev('content_block_stop', { index })
      })
      ev('message_delta', { delta: { stop_reason, stop_sequence: null }, usage })
      ev('message_stop', {})
      res.end()
    },
  })
}

await runAsMain(import.meta, start)
