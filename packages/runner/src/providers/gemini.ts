import { runProcess } from '../process.js'
import { findProgram } from '../processes/program.js'
import { messageOf } from '../errors.js'
import { endOf, notStarted } from './hosts/failure.js'
import { countOf, fieldsOf, isFields, textOf, type Fields } from './hosts/fields.js'
import { geminiEnvironment, geminiProjectFiles, geminiProjectProblem, makeGeminiHome } from './hosts/gemini-home.js'
import { SettingsWatch } from './hosts/project-settings.js'
import type { Provider, ProviderOutcome, ProviderTurn, TokenUsage } from './provider.js'

/** It asks nobody, since nobody is there; it has no sandbox of its own but in a container. */
const promptArguments = ['--output-format=json', '--approval-mode=yolo']

const watch = new SettingsWatch()

/** Google's Gemini CLI, in its mode without a terminal. */
export const gemini: Provider = {
  name: 'gemini',
  locate: (env) => Promise.resolve(findProgram('gemini', env)),
  run: runGemini,
}

async function runGemini(turn: ProviderTurn): Promise<ProviderOutcome> {
  const command = findProgram('gemini', turn.env)
  if (command === undefined) return notStarted('gemini was not found in PATH.')
  let home: string
  try {
    const problem = geminiProjectProblem(turn) ?? watch.changed(turn.session, turn.projectDir, geminiProjectFiles)
    if (problem !== undefined) return notStarted(`gemini was not started: ${problem}`)
    home = makeGeminiHome(turn)
  } catch (thrown) {
    return notStarted(`gemini was not started, because its hooks could not be set up: ${messageOf(thrown)}`)
  }
  const result = await runProcess({
    command,
    args: promptArguments,
    cwd: turn.projectDir,
    env: geminiEnvironment(turn.env, home),
    // Standard input is the prompt where it is no terminal, so that nothing in it can be read as an option.
    stdin: turn.prompt,
    signal: turn.signal,
  })
  const report = reportIn(result.stdout) ?? reportIn(result.stderr) ?? {}
  const text = textOf(report, 'response') ?? ''
  if (text !== '') turn.onOutput?.(`${text}\n`)
  const models = fieldsOf(fieldsOf(report.stats).models)
  return {
    ...endOf('gemini', result, turn, textOf(fieldsOf(report.error), 'message')),
    text,
    ...measured(models),
  }
}

/** The report: one JSON object, pretty-printed, after whatever extensions and warnings have printed before it. */
function reportIn(output: string): Fields | undefined {
  for (let start = output.indexOf('{'); start !== -1; start = output.indexOf('\n{', start) + 1 || -1) {
    try {
      const value: unknown = JSON.parse(output.slice(start, output.lastIndexOf('}') + 1))
      if (isFields(value) && ('response' in value || 'error' in value)) return value
    } catch {
      continue // a brace in a warning
    }
  }
  return undefined
}

/** The tokens of the run: of all its models together, and of each. */
function measured(models: Fields): Pick<ProviderOutcome, 'usage' | 'usageByModel'> {
  const all = usageOf(Object.values(models))
  if (all === undefined) return {}
  const each = Object.entries(models).flatMap(([name, model]) => {
    const usage = usageOf([model])
    return usage === undefined ? [] : [[name, usage] as const]
  })
  return { usage: all, usageByModel: Object.fromEntries(each) }
}

/**
 * Some models of the run together. Its `input` is without what came from the cache; `candidates` is without thoughts,
 * which are output too; what tools put into the prompt (`tool`) is input.
 */
function usageOf(models: readonly unknown[]): TokenUsage | undefined {
  const tokens = models.map((model) => fieldsOf(fieldsOf(model).tokens))
  if (tokens.length === 0) return undefined
  const sum = (name: string): number => tokens.reduce((total, of) => total + (countOf(of, name) ?? 0), 0)
  return {
    input: sum('input') + sum('tool'),
    output: sum('candidates') + sum('thoughts'),
    cacheRead: sum('cached'),
    reasoning: sum('thoughts'),
  }
}
