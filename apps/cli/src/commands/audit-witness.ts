import { once } from 'node:events'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { AuditError } from '@loki/audit'
import { addLog, knownLogs, serveWitness, witnessedLogs } from '@loki/audit/anchors'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { timeOf } from '../format.js'
import { table } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'

export interface WitnessFolderOptions {
  readonly folder?: string
}

export interface WitnessServeOptions extends WitnessFolderOptions {
  readonly name?: string
  readonly host?: string
  readonly port?: string
  readonly remote?: boolean
}

/** `loki audit witness serve`. */
export async function serve({
  output,
  options,
  interrupted,
}: Call<WitnessServeOptions>): Promise<ExitName | undefined> {
  const { name, host, port = '8420', remote } = options
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw usageError(`--port takes a number up to 65535, got ${JSON.stringify(port)}.`)
  }
  const { signal, exit } = interrupted()
  const dir = folderOf(options)
  const server = await translated(() =>
    serveWitness({
      dir,
      name,
      host,
      port: Number(port),
      remote,
      onAnswer: ({ status, reason }) => {
        if (status !== 200) output.note(`${new Date().toISOString()}  ${status}  ${plain(reason)}`)
      },
    }),
  )
  const { url, key } = server
  if (output.json) output.record({ url, key, dir })
  else {
    output.data(`LOKI_AUDIT_ANCHOR_WITNESS_URL=${url}\nLOKI_AUDIT_ANCHOR_WITNESS_KEY=${key}`)
    const logs = knownLogs(dir).length
    if (logs === 0) output.note('It knows no log yet: loki audit witness add <vkey>')
  }
  try {
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await server.close()
  }
  return exit()
}

/** `loki audit witness add`. */
export async function add({ output, args, options }: Call<WitnessFolderOptions>): Promise<ExitName | undefined> {
  const dir = folderOf(options)
  const vkey = args[0] ?? ''
  const isNew = await translated(() => Promise.resolve(addLog(dir, vkey)))
  if (output.json) output.record({ vkey, added: isNew })
  else output.note(isNew ? `The witness in ${dir} knows it now.` : 'The witness knew it already.')
  return undefined
}

/** `loki audit witness list`. */
export async function list({ output, options }: Call<WitnessFolderOptions>): Promise<ExitName | undefined> {
  const logs = await translated(() => Promise.resolve(witnessedLogs(folderOf(options))))
  if (output.json) for (const log of logs) output.record(log)
  else if (logs.length === 0) output.note('Nothing was cosigned yet.')
  else {
    const listing = table(output, logs, [
      { title: 'TIME', value: ({ time }) => timeOf(time), paint: output.color.dim },
      { title: 'ENTRIES', value: ({ size }) => String(size) },
      { title: 'LOG', value: ({ origin }) => origin },
      { title: 'KEY', value: ({ key }) => key },
    ])
    output.data(listing)
  }
  return undefined
}

function folderOf({ folder }: WitnessFolderOptions): string {
  if (folder !== undefined) return resolve(folder)
  const home = process.env.LOKI_HOME?.trim() ?? ''
  return join(home === '' ? join(homedir(), '.loki') : resolve(home), 'witness')
}

/** What the audit package refuses, in the words of the command line. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AuditError)) throw error
    const isUsage = error.code === 'INVALID_KEY' || error.code === 'INVALID_SETTING'
    throw new CliError(error.code, error.message, { exit: isUsage ? 'usage' : 'failed', cause: error })
  }
}
