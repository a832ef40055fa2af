// Scripted OpenAI Responses API: POST [/v1]/responses (streamed or not), GET [/v1]/models.
//   node openai-responses.mjs --script scripts/codex-shell.json --port 8101 --log requests.jsonl
// A scripted tool is {"name","input"} for a function call, with "namespace" for a namespaced one (Codex: MCP servers and
// multi_agent_v1), {"custom":true,"name","input":"text"} for a custom tool call (Codex: apply_patch), or
// {"local_shell":["bash","-lc","..."]}. "fromHistory":{"session_id":"session ID (\\d+)"} takes a number of the input from what tools
// answered before: the last match in the request.
import { eventStream, json, pickTurn, runAsMain, serve, sleep, textOf, usageOf } from './lib.mjs'

const MODELS_LIST = { object: 'list', data: [{ id: 'gpt-5', object: 'model', created: 1, owned_by: 'fake' }] }

function callItem(scripted, call_id, history) {
  const tool = { ...scripted, input: withHistory(scripted, history) }
  const named = {
    call_id,
    name: tool.name,
    ...(tool.namespace ? { namespace: tool.namespace } : {}),
    status: 'completed',
  }
  if (tool.local_shell) {
    return {
      type: 'local_shell_call',
      id: `lsh_${call_id}`,
      call_id,
      status: 'completed',
      action: { type: 'exec', command: tool.local_shell, env: {} },
    }
  }
  if (tool.custom) return { type: 'custom_tool_call', id: `ctc_${call_id}`, ...named, input: tool.input }
  return { type: 'function_call', id: `fc_${call_id}`, ...named, arguments: JSON.stringify(tool.input) }
}

function withHistory({ input, fromHistory }, history) {
  const found = Object.entries(fromHistory ?? {}).map(([field, pattern]) => [
    field,
    Number([...history.matchAll(new RegExp(pattern, 'g'))].at(-1)?.[1] ?? 0),
  ])
  return found.length === 0 ? input : { ...input, ...Object.fromEntries(found) }
}

function streamItem(ev, item, output_index) {
  const at = { item_id: item.id, output_index }
  if (item.type === 'message') {
    const part = item.content[0]
    ev('response.output_item.added', { output_index, item: { ...item, content: [], status: 'in_progress' } })
    ev('response.content_part.added', { ...at, content_index: 0, part: { ...part, text: '' } })
    ev('response.output_text.delta', { ...at, content_index: 0, delta: part.text })
    ev('response.output_text.done', { ...at, content_index: 0, text: part.text })
    ev('response.content_part.done', { ...at, content_index: 0, part })
  } else if (item.type === 'function_call') {
    ev('response.output_item.added', { output_index, item: { ...item, arguments: '', status: 'in_progress' } })
    ev('response.function_call_arguments.delta', { ...at, delta: item.arguments })
    ev('response.function_call_arguments.done', { ...at, arguments: item.arguments })
  } else {
    ev('response.output_item.added', { output_index, item: { ...item, status: 'in_progress' } })
  }
  ev('response.output_item.done', { output_index, item })
}

export function start({ port, log, script }) {
  return serve({
    port,
    log,
    handler: async (req, res, body, rec) => {
      const path = req.url.split('?')[0].replace(/^\/v1/, '')
      if (req.method === 'GET' && path === '/models') return json(res, 200, script.models ?? MODELS_LIST)
      if (req.method !== 'POST' || path !== '/responses') {
        return json(res, 404, { error: { message: `fake: ${req.method} ${path}`, type: 'invalid_request_error' } })
      }

      const input = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input
      const { turn, n, side } = pickTurn(script, {
        historyText: JSON.stringify(input),
        userText: input
          .filter((i) => i.role === 'user')
          .map((i) => textOf(i.content))
          .join('\n'),
        hasTools: (body.tools ?? []).length > 0 || input.some((i) => i.type === 'additional_tools'),
      })
      rec.turn = side ? 'side' : n
      if (turn.delay_ms) await sleep(turn.delay_ms)
      if (turn.status) {
        return json(
          res,
          turn.status,
          turn.error ?? { error: { message: 'fake error', type: 'server_error', code: 'rate_limit_exceeded' } },
        )
      }

      const id = `resp_fake_${rec.seq}`
      const output = []
      if (turn.text) {
        const content = [{ type: 'output_text', text: turn.text, annotations: [] }]
        output.push({ type: 'message', role: 'assistant', id: `msg_fake_${rec.seq}`, status: 'completed', content })
      }
      ;(turn.tools ?? []).forEach((t, i) => output.push(callItem(t, `call_fake_${n}_${i}`, JSON.stringify(input))))
      const u = usageOf(turn)
      const usage = {
        input_tokens: u.input,
        input_tokens_details: { cached_tokens: u.cache_read },
        output_tokens: u.output,
        output_tokens_details: { reasoning_tokens: u.reasoning },
        total_tokens: u.input + u.output,
      }
      const response = (status, more) => ({
        id,
        object: 'response',
        created_at: 1,
        model: body.model,
        status,
        output: [],
        parallel_tool_calls: true,
        tool_choice: 'auto',
        tools: [],
        ...more,
      })
      if (!body.stream) return json(res, 200, response('completed', { output, usage }))

      const write = eventStream(res, { 'x-request-id': id })
      let sequence_number = 0
      const ev = (type, data) => write({ type, sequence_number: sequence_number++, ...data }, type)
      ev('response.created', { response: response('in_progress', { usage: null }) })
      output.forEach((item, index) => streamItem(ev, item, index))
      ev('response.completed', { response: response('completed', { output, usage }) })
      res.end()
    },
  })
}

await runAsMain(import.meta, start)
