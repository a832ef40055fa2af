import { clean } from '../answer/clean.js'
import { messageOf } from '../errors.js'
import { comparePins, definitionDigest, pinsFile } from '../tools/pins.js'
import type { Connection } from './connection.js'

/** The name under which the instructions of a server are pinned; no tool can have it. */
const PIN = '(instructions)'
const MAX_LENGTH = 16 * 1024

/**
 * What the servers tell the model before anything else, one after the other. Instructions are pinned as tools are: those that
 * changed since they were accepted, and those that are too long, are left out.
 */
export async function instructionsOf(connection: Connection): Promise<string | undefined> {
  const { settings, upstreams } = connection
  const parts: string[] = []
  for (const upstream of upstreams) {
    if (upstream.capabilities === undefined) continue
    try {
      const text = (await upstream.client()).getInstructions()
      if (text === undefined || text.trim() === '') continue
      const digests = new Map([[PIN, definitionDigest(text)]])
      const changed = await comparePins(pinsFile(settings.projectDir), upstream.name, digests)
      if (changed.size > 0) {
        connection.notice(upstream, `its instructions changed and are left out (loki mcp accept ${upstream.name})`)
      } else if (text.length > MAX_LENGTH) connection.notice(upstream, 'its instructions are too long and left out')
      else parts.push(`${upstream.name}: ${clean(text)}`)
    } catch (thrown) {
      connection.notice(upstream, `its instructions are left out: ${messageOf(thrown)}`)
    }
  }
  return parts.length === 0 ? undefined : parts.join('\n\n')
}
