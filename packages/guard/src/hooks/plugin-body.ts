/**
 * The plugin's program, as opencode runs it (Bun or Node, no dependencies). A function that throws keeps the call from
 * running, the result from the model, and the prompt from being sent; so everything but an "allow" makes it throw.
 */
export const PLUGIN_BODY: string = String.raw`import { spawn } from 'node:child_process'

const CALL_MS = 600_000
const OTHER_MS = 30_000
const MAX_ANSWER = 24 * 1024 * 1024
const MAX_SESSIONS = 1024

export const Loki = async ({ directory }) => {
  const parents = new Map()
  let servers = []

  const who = (sessionID) => {
    const parent = parents.get(sessionID)
    return parent === undefined ? { session_id: sessionID } : { session_id: parent, agent_id: sessionID }
  }
  const serverOf = (tool) => {
    const name = servers.find(({ prefix }) => tool.startsWith(prefix))?.name
    return name === undefined ? {} : { mcp_server: { name } }
  }
  const toolCall = (event, { tool, sessionID, callID }, args) => ({
    hook_event_name: event,
    ...who(sessionID),
    cwd: directory,
    tool_name: tool,
    tool_use_id: callID,
    tool_input: args,
    ...serverOf(tool),
  })

  return {
    config: async ({ mcp }) => {
      servers = Object.keys(mcp ?? {})
        .map((name) => ({ name, prefix: name.replace(/[^a-zA-Z0-9_-]/g, '_') + '_' }))
        .sort((a, b) => b.prefix.length - a.prefix.length)
    },
    event: async ({ event }) => {
      if (event.type === 'session.created') {
        const { id, parentID } = event.properties.info
        if (parentID === undefined) return
        parents.set(id, parents.get(parentID) ?? parentID)
        if (parents.size > MAX_SESSIONS) parents.delete(parents.keys().next().value)
      } else if (event.type === 'session.idle') {
        const call = { hook_event_name: 'session.idle', ...who(event.properties.sessionID), cwd: directory }
        ask(call, OTHER_MS).catch(() => undefined)
      }
    },
    'chat.message': async ({ sessionID }, { parts }) => {
      if (parents.has(sessionID)) return // written by the model, in a call that was decided on
      const texts = parts.filter(({ type }) => type === 'text').map(({ text }) => text)
      // A part that is no text is left to the guard to refuse.
      const prompt = texts.every((text) => typeof text === 'string') ? texts.join('\n') : null
      allowed(await ask({ hook_event_name: 'chat.message', ...who(sessionID), cwd: directory, prompt }, OTHER_MS))
    },
    'tool.execute.before': async (input, output) => {
      allowed(await ask(toolCall('tool.execute.before', input, output.args), CALL_MS))
    },
    'tool.execute.after': async (input, output) => {
      const { content, metadata } = output
      const seen = {
        ...(output.output === undefined ? {} : { output: output.output }),
        ...(content === undefined ? {} : { content }),
      }
      const exit = typeof metadata?.exit === 'number' ? { exit_code: metadata.exit } : {}
      const call = { ...toolCall('tool.execute.after', input, input.args), tool_response: seen, ...exit }
      const answer = await ask(call, OTHER_MS)
      if (answer.decision !== 'replace') return allowed(answer)
      const { result } = answer
      if (result.output !== undefined) output.output = result.output
      // What the person is shown of it, and what is kept.
      if (typeof metadata?.output === 'string') metadata.output = result.output
      if (result.content !== undefined) output.content = result.content
    },
  }
}

function allowed(answer) {
  if (answer.decision !== 'allow') throw new Error(answer.reason || 'Loki: refused')
}

/** The answer of the hook program; whatever else happens is thrown, and so a refusal. */
function ask(call, deadlineMs) {
  return new Promise((resolve, reject) => {
    const refuse = (why) => reject(new Error('Loki: it could not be checked, so it is refused: ' + why))
    const child = spawn(COMMAND[0], COMMAND.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      refuse('no answer within ' + deadlineMs / 1000 + ' s')
    }, deadlineMs)
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
      if (out.length > MAX_ANSWER) child.kill('SIGKILL')
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err = (err + text).slice(-4096)
    })
    child.stdin.on('error', () => undefined)
    child.on('error', (error) => {
      clearTimeout(late)
      refuse(error.message)
    })
    child.on('close', (code) => {
      clearTimeout(late)
      if (code !== 0) return refuse(err.trim() || 'the hook ended with ' + code)
      try {
        const answer = JSON.parse(out)
        if (answer === null || typeof answer !== 'object') return refuse('the hook gave no answer')
        resolve(answer)
      } catch {
        refuse('the hook gave no answer')
      }
    })
    child.stdin.end(JSON.stringify(call))
  })
}
`
