// Scripted Gemini API: POST /v1beta/models/MODEL:generateContent | streamGenerateContent | countTokens.
//   node gemini.mjs --script scripts/gemini-shell.json --port 8101 --log requests.jsonl
// Function calls carry ids, which Gemini CLI hands back with the responses, so the turn can be read from the history.
// Side requests that want JSON (model router, next-speaker check) get script.sideJson or the object below.
import { eventStream, json, pickTurn, runAsMain, serve, sleep, textOf, usageOf } from './lib.mjs'

const SIDE_JSON =
  '{"reasoning":"fake","next_speaker":"user","model_choice":"flash","complexity_reasoning":"fake","complexity_score":1}'
const THOUGHT_SIGNATURE = 'ZmFrZQ==' // "fake"; newer models refuse histories without one

export function start({ port, log, script }) {
  return serve({
    port,
    log,
    handler: async (req, res, body, rec) => {
      const call = req.url.match(/models\/([^:/?]+):(\w+)/)
      if (!call) return json(res, 404, { error: { code: 404, message: `fake: ${req.url}`, status: 'NOT_FOUND' } })
      const [, model, method] = call
      if (method === 'countTokens') return json(res, 200, { totalTokens: Math.ceil(JSON.stringify(body).length / 4) })

      const contents = body.contents ?? []
      const picked = pickTurn(script, {
        historyText: JSON.stringify(contents),
        userText: contents
          .filter((c) => c.role === 'user')
          .map((c) => textOf(c.parts))
          .join('\n'),
        hasTools: (body.tools ?? []).some((t) => t.functionDeclarations?.length),
      })
      const wantsJson = picked.side && body.generationConfig?.responseMimeType === 'application/json'
      const turn = wantsJson ? { text: script.sideJson ?? SIDE_JSON } : picked.turn
      rec.turn = picked.side ? 'side' : picked.n
      if (turn.delay_ms) await sleep(turn.delay_ms)
      if (turn.status)
        return json(
          res,
          turn.status,
          turn.error ?? { error: { code: turn.status, message: 'fake error', status: 'UNAVAILABLE' } },
        )

      const parts = turn.text ? [{ text: turn.text }] : []
      ;(turn.tools ?? []).forEach((t, i) =>
        parts.push({
          functionCall: { id: `call_fake_${picked.n}_${i}`, name: t.name, args: t.input },
          thoughtSignature: THOUGHT_SIGNATURE,
        }),
      )
      const u = usageOf(turn)
      const answer = {
        candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: u.input,
          candidatesTokenCount: u.output,
          totalTokenCount: u.input + u.output + u.reasoning,
          cachedContentTokenCount: u.cache_read,
          thoughtsTokenCount: u.reasoning,
        },
        modelVersion: model,
        responseId: `fake-${rec.seq}`,
      }
      if (method === 'generateContent') return json(res, 200, answer)
      eventStream(res)(answer)
      res.end()
    },
  })
}

await runAsMain(import.meta, start)
