import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isMissing, messageOf } from '../../errors.js'
import { fieldsOf, isFields, listOf, textOf, type Fields } from './fields.js'

const maxBytes = 1024 * 1024

/** A JSON settings file of an agent: its fields, empty where there is no file. Comments are allowed, as the agents do. */
export function readSettings(file: string): Fields {
  const text = readText(file)
  if (text === undefined || text.trim() === '') return {}
  const value: unknown = JSON.parse(withoutComments(text))
  if (isFields(value)) return value
  throw new Error(`${file} must hold a JSON object.`)
}

/** One hook command of a settings file; the three agents share this nesting. */
export interface HookEntry {
  readonly event: string
  readonly command: string
  /** What the agent calls the hook: its `name`, else its command. */
  readonly name: string
}

/** Every hook in a settings file, whatever its event. */
export function hooksIn(settings: Fields): readonly HookEntry[] {
  return Object.entries(fieldsOf(settings.hooks)).flatMap(([event, groups]) =>
    listOf(groups)
      .flatMap((group) => listOf(fieldsOf(group).hooks))
      .map((hook) => {
        const command = textOf(fieldsOf(hook), 'command') ?? ''
        return { event, command, name: textOf(fieldsOf(hook), 'name') ?? command }
      }),
  )
}

/**
 * Remembers an agent's own settings in the project as they were when a session first looked, and says when they have
 * changed since. An agent reads them anew every turn and runs programs that they name, outside of any hook; so a change
 * made during the session, which can only be the agent's or a person's who may restart it, ends the governed work.
 */
export class SettingsWatch {
  readonly #seen = new Map<string, string>()

  /** The reason to refuse a turn, or `undefined`. Throws where a file cannot be read. */
  changed(session: string, projectDir: string, files: readonly string[]): string | undefined {
    const hashes = files.map((file) => hashOf(join(projectDir, file)))
    const before = this.#seen.get(session)
    if (before === undefined) {
      this.#seen.set(session, hashes.join())
      return undefined
    }
    const moved = before.split(',').findIndex((hash, index) => hash !== hashes[index])
    if (moved === -1) return undefined
    return (
      `${files[moved] ?? ''} was changed while the session ran; it could switch Loki's hooks off or run programs that ` +
      'they do not see. Look at the change, undo it or accept it, and start a new session.'
    )
  }
}

function hashOf(file: string): string {
  const text = readText(file)
  return text === undefined ? 'none' : createHash('sha256').update(text).digest('hex')
}

function readText(file: string): string | undefined {
  try {
    const { size } = statSync(file)
    if (size > maxBytes) throw new Error(`it has ${size} bytes, at most ${maxBytes} are read`)
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw new Error(`${file} cannot be read: ${messageOf(thrown)}`, { cause: thrown })
  }
}

/** JSON without line and block comments; what stands in a string is left alone. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith('"') ? part : ' '))
}
