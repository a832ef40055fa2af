import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prepareProjectFolder, remoteGuard } from '@loki/guard'
import {
  acceptPins,
  listenGateway,
  listTools,
  pinsFile,
  programServer,
  readServers,
  serveTools,
  startGateway,
} from '@loki/mcp'
import type { ListedTool, ServerConfig, ToolListing } from '@loki/mcp'
import { existingFile } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import { startGuardProcess } from '../guard-process.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import { buildName } from '../program-file.js'
import type { Call } from '../program/define.js'
import { openProjectLog } from '../project-log.js'
import { plain } from '../text.js'
import { version } from '../version.js'
import { askPeople } from '../wishes.js'

export interface ListCommandOptions {
  readonly config?: string
  readonly name?: string
}

export interface GatewayCommandOptions extends ListCommandOptions {
  readonly port?: string
  readonly timeout?: string
  readonly sampling?: boolean
}

/** Where a project lists its servers. Rules keep agents from writing to the first. */
const OWN_FILES = ['.loki/mcp-servers.json', '.mcp.json'] as const

/** `loki mcp gateway`: runs until the agent leaves, or until it is told to end. */
export async function gateway(call: Call<GatewayCommandOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const servers = serversOf(call)
  const callMs = options.timeout === undefined ? undefined : 1000 * wholeNumber('--timeout', options.timeout, 86_400)
  prepareProjectFolder(projectDir)
  const audit = openProjectLog(projectDir)
  const guard = remoteGuard({ build: buildName(), startGuard: startGuardProcess })
  const settings = {
    projectDir,
    servers,
    guard,
    audit,
    version,
    sampling: options.sampling === true,
    onNotice: (line: string) => {
      output.note(`loki mcp: ${line}`)
    },
    ...(callMs === undefined ? {} : { callMs }),
  }
  const { signal, exit } = call.interrupted()
  const asked = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
  try {
    if (options.port === undefined) {
      const session = await startGateway(settings)
      process.once('exit', () => {
        session.kill() // where it ends without having closed
      })
      await Promise.race([session.done, asked])
      await session.close()
    } else {
      const own = process.env.LOKI_MCP_TOKEN ?? ''
      const token = own.trim() === '' ? randomBytes(24).toString('base64url') : own
      const door = await listenGateway(settings, { port: wholeNumber('--port', options.port, 65_535), token })
      process.once('exit', () => {
        door.kill()
      })
      output.note(`Listening on ${door.url}`)
      if (token !== own) output.note(`Agents show: Authorization: Bearer ${token}`)
      await asked
      await door.close()
    }
  } finally {
    await Promise.allSettled([guard.close(), audit.close()])
  }
  return exit()
}

/** `loki mcp serve`. */
export async function serve(call: Call<unknown>): Promise<ExitName | undefined> {
  const { projectDir } = call
  const audit = openProjectLog(projectDir)
  const { signal, exit } = call.interrupted()
  const tools = await serveTools({ projectDir, audit, version, ask: askPeople(projectDir) })
  signal.addEventListener('abort', () => void tools.close(), { once: true })
  await tools.done
  await audit.close()
  return exit()
}

/** `loki mcp list`: ends with 1 where a server could not be asked. */
export async function list(call: Call<ListCommandOptions>): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  const listings = await listTools({ projectDir, servers: serversOf(call), version })
  if (output.json) for (const listing of listings) output.record(listing)
  else {
    const rows = listings.flatMap(({ server, tools }) => tools.map((tool) => ({ server, ...tool })))
    if (rows.length > 0) output.data(toolTable(output, rows))
    for (const { server, problem } of listings) {
      if (problem !== undefined) output.note(`${plain(server)}: ${plain(problem)}`)
    }
    const shown = rows.filter((row) => row.shown).length
    output.note(`An agent sees ${countOf(shown, 'tool')} of ${rows.length}.`)
  }
  return listings.some(({ problem }) => problem !== undefined) ? 'failed' : 'done'
}

/** `loki mcp accept`. */
export async function accept(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, projectDir } = call
  const [server = '', tool] = call.args
  const accepted = await acceptPins(pinsFile(projectDir), server, tool)
  if (output.json) output.record({ server, accepted })
  if (accepted.length === 0) {
    throw new CliError('NOTHING_CHANGED', `Nothing of ${plain(server)} waits to be accepted.`, {
      next: 'A change is noticed when an agent lists the tools.',
    })
  }
  if (!output.json)
    for (const name of accepted) output.data(`${output.color.green('accepted')}  ${plain(server)}/${plain(name)}`)
  return undefined
}

type Row = ListedTool & Pick<ToolListing, 'server'>

function toolTable(output: Output, rows: readonly Row[]): string {
  const { color } = output
  return table(output, rows, [
    { title: 'SERVER', value: ({ server }) => server },
    { title: 'TOOL', value: ({ name }) => name },
    {
      title: 'AN AGENT',
      value: (row) => (!row.shown ? 'does not see it' : row.decision === 'ALLOW' ? 'may use it' : 'needs approval'),
      paint: (text, row) =>
        !row.shown ? color.red(text) : row.decision === 'ALLOW' ? color.green(text) : color.yellow(text),
    },
    { title: 'WHY', value: ({ shown, decision, reason }) => (shown && decision === 'ALLOW' ? '' : reason) },
  ])
}

/** The one server after `--`, or those of the file. */
function serversOf({ args, options, projectDir }: Call<ListCommandOptions>): readonly ServerConfig[] {
  const given: unknown = args[0] // commander gives all words of a variadic argument as one list
  const words = Array.isArray(given) ? given.filter((word) => typeof word === 'string') : []
  if (words.length > 0) {
    if (options.config !== undefined) throw usageError('Name one server after --, or a file with --config, not both.')
    return [programServer(words, options.name === undefined ? {} : { name: options.name })]
  }
  const found = OWN_FILES.map((name) => join(projectDir, name)).find((file) => existsSync(file))
  const file = options.config === undefined ? found : existingFile(options.config)
  if (file === undefined) {
    throw usageError(
      `Which servers? The project has no ${OWN_FILES.join(' and no ')}.`,
      'Name a file with --config, or one server: loki mcp gateway -- npx -y some-server',
    )
  }
  const servers = readServers(file, { projectDir })
  if (servers.length === 0) throw usageError('The file names no server.')
  return servers
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  if (value >= 0 && value <= most) return value
  throw usageError(`${option} must be a whole number up to ${most}, got ${JSON.stringify(text)}.`)
}
