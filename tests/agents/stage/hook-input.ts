import { pathToFileURL } from 'node:url'

/** The hosts that Loki has hooks for. */
export type HookHost = 'claude' | 'codex' | 'gemini' | 'copilot' | 'opencode' | 'cursor'

/** What a hook is asked about: a call, what it brought back, what a person typed. */
export type Asked = 'call' | 'output' | 'prompt'

const events: Readonly<Record<HookHost, Readonly<Record<Asked, string>>>> = {
  claude: { call: 'PreToolUse', output: 'PostToolUse', prompt: 'UserPromptSubmit' },
  codex: { call: 'PreToolUse', output: 'PostToolUse', prompt: 'UserPromptSubmit' },
  gemini: { call: 'BeforeTool', output: 'AfterTool', prompt: 'BeforeAgent' },
  copilot: { call: 'preToolUse', output: 'postToolUse', prompt: 'userPromptSubmitted' },
  opencode: { call: 'tool.execute.before', output: 'tool.execute.after', prompt: 'chat.message' },
  cursor: { call: 'beforeShellExecution', output: 'postToolUse', prompt: 'beforeSubmitPrompt' },
}

export function eventOf(host: HookHost, asked: Asked): string {
  return events[host][asked]
}

/** The line for the shell that a settings file has for an event, in the nesting of whichever host. */
export function lineIn(settings: string, event: string): string {
  const { hooks } = JSON.parse(settings) as { hooks: Record<string, readonly Entry[]> } // written by the program
  const entries = (hooks[event] ?? []).flatMap((entry) => entry.hooks ?? [entry])
  return entries.map(({ command, bash }) => command ?? bash).find((line) => line !== undefined) ?? 'exit 77'
}

interface Entry {
  readonly command?: string
  readonly bash?: string
  readonly hooks?: readonly Entry[]
}

interface Call {
  readonly projectDir: string
  readonly command: string
  /** What goes wrong; some of it is in the input. */
  readonly how: string
}

/** What a host writes to a hook, as captured in runs (of Cursor: as its reference says). */
export function inputOf(host: HookHost, asked: Asked, { projectDir, command, how }: Call): string {
  if (how === 'bad JSON' && host !== 'opencode') return '{"hook_event_name": "PreTool'
  const missing = how === 'missing field'
  const args = missing ? {} : { command }
  const prompt = missing ? {} : { prompt: 'hello' }
  const event = eventOf(host, asked)
  switch (host) {
    case 'claude':
    case 'codex':
    case 'gemini': {
      const text =
        host === 'gemini' ? { llmContent: 'text' } : host === 'codex' ? 'text' : { stdout: 'text', stderr: '' }
      const tool = { tool_name: host === 'gemini' ? 'run_shell_command' : 'Bash', tool_input: args }
      const about = asked === 'prompt' ? prompt : asked === 'call' ? tool : { ...tool, tool_response: text }
      return JSON.stringify({ session_id: 's', cwd: projectDir, hook_event_name: event, ...about })
    }
    case 'copilot': {
      const tool = { toolName: 'bash', toolArgs: args }
      const toolResult = { resultType: 'success', textResultForLlm: 'text' }
      const about = asked === 'prompt' ? prompt : asked === 'call' ? tool : { ...tool, toolResult }
      return JSON.stringify({ sessionId: 's', timestamp: 1, cwd: projectDir, ...about })
    }
    case 'cursor': {
      const about = {
        call: missing ? {} : { command, cwd: projectDir },
        prompt: { ...prompt, attachments: [] },
        output: {
          tool_name: 'MCP:echo',
          tool_input: args,
          tool_output: JSON.stringify({ content: [{ text: 'text' }] }),
        },
      }
      const base = { conversation_id: 'c', generation_id: 'g', workspace_roots: [projectDir] }
      return JSON.stringify({ ...base, hook_event_name: event, ...about[asked] })
    }
    case 'opencode':
      return JSON.stringify({
        asked,
        directory: projectDir,
        args,
        parts: missing ? [{ type: 'text' }] : [{ type: 'text', text: 'hello' }],
        how,
      })
  }
}

/** A program that loads a plugin and calls its function as opencode does. It prints what was thrown, or the result if that was changed. */
export function pluginRun(file: string): readonly string[] {
  const program = `
    import { text } from 'node:stream/consumers'
    const { asked, directory, args, parts, how } = JSON.parse(await text(process.stdin))
    const { Loki } = await import(${JSON.stringify(pathToFileURL(file).href)})
    const hooks = await Loki({ directory })
    const of = { tool: 'bash', sessionID: 's', callID: 'c', args }
    const output = { title: '', output: 'text', metadata: {} }
    if (how === 'bad JSON') args.self = args
    try {
      if (asked === 'call') await hooks['tool.execute.before'](of, { args })
      else if (asked === 'prompt') await hooks['chat.message']({ sessionID: 's' }, { message: {}, parts })
      else await hooks['tool.execute.after'](of, output)
      if (output.output !== 'text') process.stdout.write(JSON.stringify({ replaced: output.output }))
    } catch (thrown) {
      process.stdout.write(JSON.stringify({ thrown: thrown.message }))
    }`
  return [process.execPath, '--input-type=module', '--eval', program]
}
