import type { Guard } from '@loki/guard'
import { RunnerError } from '../errors.js'
import { claude } from './claude.js'
import { codex } from './codex.js'
import { commandProvider } from './command.js'
import { gemini } from './gemini.js'
import type { Provider, ProviderName } from './provider.js'
import { readRecording } from './replay/parse.js'
import { replayProvider } from './replay/replay.js'

/** A way to drive an agent, and whether it can be used on this machine. */
export interface ProviderInfo {
  readonly name: ProviderName
  /** The program; absent where it is not installed, and for `command`, whose program the user names. */
  readonly path?: string
  readonly available: boolean
}

/** What a provider is made of. */
export interface ProviderChoice {
  readonly name: string
  readonly guard: Guard
  readonly env: NodeJS.ProcessEnv
  readonly replayFile?: string | undefined
  readonly command?: readonly string[] | undefined
}

const agents: readonly Provider[] = [claude, codex, gemini]
const names: readonly ProviderName[] = ['claude', 'codex', 'gemini', 'command', 'replay']

/** Tells which providers can be used: agent CLIs where `PATH` has them, `command` and `replay` always. */
export async function findProviders(env: NodeJS.ProcessEnv = process.env): Promise<readonly ProviderInfo[]> {
  const found = await Promise.all(
    agents.map(async (agent): Promise<ProviderInfo> => {
      const path = await agent.locate(env)
      const { name } = agent
      return path === undefined ? { name, available: false } : { name, path, available: true }
    }),
  )
  return [...found, { name: 'command', available: true }, { name: 'replay', available: true }]
}

/** The provider of that name, checked to be usable. */
export async function chooseProvider(choice: ProviderChoice): Promise<Provider> {
  const provider = providerOf(choice)
  if ((await provider.locate(choice.env)) !== undefined) return provider
  if (provider.name === 'command') {
    const program = choice.command?.[0] ?? ''
    throw new RunnerError('PROVIDER_MISSING', `The program ${program} was not found in PATH, or is not executable.`)
  }
  const found = (await findProviders(choice.env)).filter((info) => info.path !== undefined)
  const others = found.length === 0 ? 'No other agent CLI was found' : `Found: ${found.map(shown).join(', ')}`
  throw new RunnerError(
    'PROVIDER_MISSING',
    `The agent CLI ${provider.name} was not found in PATH; install it, or use another. ${others}; command and replay need none.`,
  )
}

function providerOf({ name, guard, replayFile, command }: ProviderChoice): Provider {
  const agent = agents.find((candidate) => candidate.name === name)
  if (agent !== undefined) return agent
  if (name === 'command') {
    if (command?.[0] !== undefined && command[0] !== '') return commandProvider(command, guard)
    throw new RunnerError('BAD_OPTION', 'The provider command needs the program to run; none was given.')
  }
  if (name === 'replay') {
    if (replayFile !== undefined) return replayProvider(readRecording(replayFile), guard)
    throw new RunnerError('BAD_OPTION', 'The provider replay needs the file of a recorded agent; none was given.')
  }
  throw new RunnerError(
    'UNKNOWN_PROVIDER',
    `There is no provider ${JSON.stringify(name.slice(0, 80))}; known are ${names.join(', ')}.`,
  )
}

function shown({ name, path }: ProviderInfo): string {
  return `${name} (${path ?? ''})`
}
