import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from '../process.js'
import { findProgram } from '../processes/program.js'
import { codexHookArguments, withoutHooks } from './hosts/codex-hooks.js'
import { pinnedVariables } from './hosts/environment.js'
import { endOf, notStarted } from './hosts/failure.js'
import { countOf, fieldsOf, textOf, type Fields } from './hosts/fields.js'
import { jsonLines } from './hosts/json-lines.js'
import type { Provider, ProviderOutcome, ProviderTurn, TokenUsage } from './provider.js'

/**
 * One run of `codex exec`, as strict as Codex can be without a person: it asks nobody, its sandbox keeps writes inside
 * the project and `TMPDIR` and commands off the network, and what no hook sees is off: the hosted web search, and
 * terminals, into whose open shell `write_stdin` types unseen.
 */
const execArguments = [
  'exec',
  '--json',
  '--ephemeral',
  '--skip-git-repo-check',
  '--color=never',
  '--sandbox=workspace-write',
  // The session's own folder, with the socket of the guard, lies in /tmp: the sandbox must not open that.
  '-c',
  'sandbox_workspace_write.exclude_slash_tmp=true',
  '-c',
  'web_search="disabled"',
  '--disable',
  'unified_exec_tty',
]

/** OpenAI's Codex, through `codex exec --json`. */
export const codex: Provider = {
  name: 'codex',
  locate: (env) => Promise.resolve(findProgram('codex', env)),
  run: runCodex,
}

async function runCodex(turn: ProviderTurn): Promise<ProviderOutcome> {
  const command = findProgram('codex', turn.env)
  if (command === undefined) return notStarted('codex was not found in PATH.')
  const env = { ...turn.env, ...pinnedVariables(turn.env), TMPDIR: temporaryFolder(turn) }
  const place = { command, cwd: turn.projectDir, env, signal: turn.signal }
  let hooks: readonly string[]
  try {
    hooks = await codexHookArguments({ ...place, hookCommand: turn.hookCommand })
  } catch (thrown) {
    return notStarted(turn.signal.aborted ? 'codex was stopped before it had begun.' : withoutHooks(thrown))
  }
  const said = new CodexRun(turn.onOutput)
  const lines = jsonLines((value) => {
    said.take(fieldsOf(value))
  })
  // "-": the prompt comes on standard input, so that nothing in it can be read as an option.
  const result = await runProcess({
    ...place,
    args: [...execArguments, ...hooks, '-'],
    stdin: turn.prompt,
    onStdout: (text) => {
      lines.write(text)
    },
  })
  lines.end()
  return { ...endOf('codex', result, turn, said.error), text: said.text, ...said.measured() }
}

/** A folder for the commands' temporary files, because the sandbox lets them write in no other. */
function temporaryFolder({ scratchDir }: ProviderTurn): string {
  const folder = join(scratchDir, 'tmp')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** The events of one `codex exec --json`, gathered. */
class CodexRun {
  text = ''
  error: string | undefined
  #usage: TokenUsage | undefined
  readonly #onOutput: ProviderTurn['onOutput']

  constructor(onOutput: ProviderTurn['onOutput']) {
    this.#onOutput = onOutput
  }

  take(event: Fields): void {
    switch (textOf(event, 'type')) {
      case 'item.completed':
        this.#item(fieldsOf(event.item))
        return
      case 'turn.completed':
        this.#usage = usageOf(fieldsOf(event.usage))
        return
      case 'turn.failed':
        this.error = textOf(fieldsOf(event.error), 'message') ?? 'the turn failed'
        return
    }
  }

  measured(): { usage?: TokenUsage } {
    return this.#usage === undefined ? {} : { usage: this.#usage }
  }

  #item(item: Fields): void {
    const text = textOf(item, 'text')
    if (textOf(item, 'type') !== 'agent_message' || text === undefined) return
    this.text = text
    this.#onOutput?.(`${text}\n`)
  }
}

/** Codex counts what it read from the cache as input too, and reasoning as output; it names no price. */
function usageOf(usage: Fields): TokenUsage | undefined {
  const input = countOf(usage, 'input_tokens')
  const output = countOf(usage, 'output_tokens')
  if (input === undefined || output === undefined) return undefined
  const cacheRead = countOf(usage, 'cached_input_tokens')
  const cacheWrite = countOf(usage, 'cache_write_input_tokens')
  const reasoning = countOf(usage, 'reasoning_output_tokens')
  return {
    input: Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
  }
}
