// Scripted OpenAI Chat Completions API: POST [/v1]/chat/completions (streamed or not), GET [/v1]/models.
//   node openai-chat.mjs --script scripts/opencode-shell.json --port 8101 --log requests.jsonl
import { eventStream, json, pickTurn, runAsMain, serve, sleep, textOf, usageOf } from './lib.mjs'

const MODELS_LIST = { object: 'list', data: [{ id: 'fake-model', object: 'model', created: 1, owned_by: 'fake' }] }

export function start({ port, log, script }) {
  return serve({
    port,
    log,
    handler: async (req, res, body, rec) => {
      const path = req.url.split('?')[0].replace(/^\/v1/, '')
      if (req.method === 'GET' && path === '/models') return json(res, 200, MODELS_LIST)
      if (req.method !== 'POST' || path !== '/chat/completions') {
        return json(res, 404, { error: { message: `fake: ${req.method} ${path}` } })
      }

      const { turn, n, side } = pickTurn(script, {
        historyText: JSON.stringify(body.messages),
        userText: body.messages
          .filter((m) => m.role === 'user')
          .map((m) => textOf(m.content))
          .join('\n'),
        hasTools: (body.tools ?? []).length > 0,
      })
      rec.turn = side ? 'side' : n
      if (turn.delay_ms) await sleep(turn.delay_ms)
      if (turn.status) return json(res, turn.status, turn.error ?? { error: { message: 'fake error' } })

      const base = { id: `chatcmpl-fake-${rec.seq}`, created: 1, model: body.model }
      const tool_calls = (turn.tools ?? []).map((t, index) => ({
        index,
        id: `call_fake_${n}_${index}`,
        type: 'function',
        function: { name: t.name, arguments: JSON.stringify(t.input) },
      }))
      const finish_reason = tool_calls.length ? 'tool_calls' : 'stop'
      const u = usageOf(turn)
      const usage = {
        prompt_tokens: u.input,
        completion_tokens: u.output,
        total_tokens: u.input + u.output,
        prompt_tokens_details: { cached_tokens: u.cache_read },
        completion_tokens_details: { reasoning_tokens: u.reasoning },
      }
      if (!body.stream) {
        const message = { role: 'assistant', content: turn.text ?? null, ...(tool_calls.length ? { tool_calls } : {}) }
        return json(res, 200, {
          ...base,
          object: 'chat.completion',
          choices: [{ index: 0, finish_reason, message }],
          usage,
        })
      }

      const write = eventStream(res)
      const chunk = (choices, more = {}) => write({ ...base, object: 'chat.completion.chunk', choices, ...more })
      const delta = (d, finish = null) => chunk([{ index: 0, delta: d, finish_reason: finish }])
      delta({ role: 'assistant', content: '' })
      if (turn.text) delta({ content: turn.text })
      for (const call of tool_calls) delta({ tool_calls: [call] })
      delta({}, finish_reason)
      chunk([], { usage })
      write('[DONE]')
      res.end()
    },
  })
}

await runAsMain(import.meta, start)
