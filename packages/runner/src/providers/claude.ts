import { runProcess } from '../process.js'
import { findProgram } from '../processes/program.js'
import { messageOf } from '../errors.js'
import {
  claudeEnvironment,
  claudeProjectFiles,
  claudeProjectProblem,
  writeClaudeSettings,
} from './hosts/claude-settings.js'
import { endOf, notStarted } from './hosts/failure.js'
import { countOf, fieldsOf, isFields, listOf, textOf, type Fields } from './hosts/fields.js'
import { jsonLines } from './hosts/json-lines.js'
import { SettingsWatch } from './hosts/project-settings.js'
import type { Provider, ProviderOutcome, ProviderTurn, TokenUsage } from './provider.js'

/** Let through without a question by Claude Code; the guard decides on each call of them. */
const guardedTools = ['Bash', 'Edit', 'Write', 'Read', 'NotebookEdit', 'WebFetch', 'WebSearch', 'Agent']
/** Only these exist in the run. Others start work that outlives it, or run commands in fields that no rule knows. */
const offeredTools = [...guardedTools, 'Glob', 'Grep', 'Skill', 'ToolSearch', 'TodoWrite', 'TaskStop']

/**
 * Default permissions and a list, not the bypass mode: so Claude Code itself still refuses to write its own settings,
 * and rules of the user that deny or ask go on to hold.
 */
const printArguments = [
  '--print',
  '--output-format=stream-json',
  '--verbose',
  '--no-session-persistence',
  '--permission-mode=default',
  `--tools=${offeredTools.join(',')}`,
  `--allowedTools=${guardedTools.join(',')}`,
]

const watch = new SettingsWatch()

/** Anthropic's Claude Code, through `claude --print`. */
export const claude: Provider = {
  name: 'claude',
  locate: (env) => Promise.resolve(findProgram('claude', env)),
  run: runClaude,
}

async function runClaude(turn: ProviderTurn): Promise<ProviderOutcome> {
  const command = findProgram('claude', turn.env)
  if (command === undefined) return notStarted('claude was not found in PATH.')
  let settings: string
  try {
    const problem = claudeProjectProblem(turn) ?? watch.changed(turn.session, turn.projectDir, claudeProjectFiles)
    if (problem !== undefined) return notStarted(`claude was not started: ${problem}`)
    settings = writeClaudeSettings(turn)
  } catch (thrown) {
    return notStarted(`claude was not started, because its hooks could not be set up: ${messageOf(thrown)}`)
  }
  const said = new ClaudeRun(turn.onOutput)
  const lines = jsonLines((value) => {
    said.take(fieldsOf(value))
  })
  const result = await runProcess({
    command,
    args: [...printArguments, `--settings=${settings}`],
    cwd: turn.projectDir,
    env: claudeEnvironment(turn.env),
    stdin: turn.prompt,
    signal: turn.signal,
    onStdout: (text) => {
      lines.write(text)
    },
  })
  lines.end()
  return { ...endOf('claude', result, turn, said.error), text: said.text, ...said.measured() }
}

/** The events of one `claude --print`, gathered. */
class ClaudeRun {
  text = ''
  error: string | undefined
  #result: Fields = {}
  readonly #onOutput: ProviderTurn['onOutput']

  constructor(onOutput: ProviderTurn['onOutput']) {
    this.#onOutput = onOutput
  }

  take(event: Fields): void {
    const type = textOf(event, 'type')
    // A sub-agent's words are for the agent that asked for them.
    if (type === 'assistant' && textOf(event, 'parent_tool_use_id') === undefined)
      this.#message(fieldsOf(event.message))
    if (type === 'result') this.#end(event)
  }

  measured(): { usage?: TokenUsage; costUsd?: number } {
    const usage = usageOf(this.#result)
    const costUsd = countOf(this.#result, 'total_cost_usd')
    return { ...(usage === undefined ? {} : { usage }), ...(costUsd === undefined ? {} : { costUsd }) }
  }

  #message(message: Fields): void {
    for (const part of listOf(message.content)) {
      const text = textOf(fieldsOf(part), 'text')
      if (text === undefined) continue
      this.text = text
      this.#onOutput?.(`${text}\n`)
    }
  }

  #end(result: Fields): void {
    this.#result = result
    this.text = textOf(result, 'result') ?? this.text
    if (result.is_error !== true) return
    const errors = listOf(result.errors).filter((error) => typeof error === 'string')
    this.error = textOf(result, 'result') ?? (errors.join('; ') || (textOf(result, 'subtype') ?? 'the run failed'))
  }
}

/** Per model where it is told, because only that counts every model of the run; input is already without the cache. */
function usageOf(result: Fields): TokenUsage | undefined {
  const models = Object.values(fieldsOf(result.modelUsage)).filter(isFields)
  if (models.length > 0) {
    return {
      input: sum(models, 'inputTokens'),
      output: sum(models, 'outputTokens'),
      cacheRead: sum(models, 'cacheReadInputTokens'),
      cacheWrite: sum(models, 'cacheCreationInputTokens'),
    }
  }
  const usage = fieldsOf(result.usage)
  const input = countOf(usage, 'input_tokens')
  const output = countOf(usage, 'output_tokens')
  if (input === undefined || output === undefined) return undefined
  const cacheRead = countOf(usage, 'cache_read_input_tokens')
  const cacheWrite = countOf(usage, 'cache_creation_input_tokens')
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  }
}

function sum(models: readonly Fields[], name: string): number {
  return models.reduce((total, model) => total + (countOf(model, name) ?? 0), 0)
}
