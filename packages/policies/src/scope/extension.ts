import { posix } from 'node:path'
import { isHarmlessDevice, type NamedPath } from '../rules/facts.js'
import { type Breach, NO_BREACH, type Rule } from '../rules/rule.js'

// Programs whose operand is a file that they write, not a folder.
const FILES = /^(?:file_write|>>?\|?|&>>?|<>|tee|touch|sed|perl|ruby|truncate|dd|patch|curl|wget|shred|unlink|rm)$/

/** `SCOPE_ALLOWED_EXTENSIONS`: the files that may be written, removed or moved, by the end of their names. */
export function extensionScopeRule(extensions: readonly string[]): Rule {
  const endings = extensions.map((one) => `.${one.replace(/^\*?\./, '').toLowerCase()}`)
  return {
    name: 'loki_extension_scope',
    point: 'pre_execution',
    check(facts) {
      const changes = [...facts.named, ...(facts.analysis?.writes ?? [])].filter(
        (use) => use.access !== 'read' && use.access !== 'mode' && !use.remote,
      )
      const bad = changes.map((use) => judge(use, endings)).find((breach) => breach !== undefined)
      return bad === undefined ? NO_BREACH : [bad]
    },
  }
}

function judge(use: NamedPath, endings: readonly string[]): Breach | undefined {
  const suggest = `change files that end with ${endings.slice(0, 8).join(', ')} only`
  if (!use.known && !endings.some((ending) => use.text.toLowerCase().endsWith(ending)))
    return /[$`]/.test(use.text) && FILES.test(use.program)
      ? {
          action: 'require_approval',
          reason: `which file ${use.program} would change is known only when it runs`,
          suggest,
        }
      : undefined
  const name = posix.basename(use.text).toLowerCase()
  if (endings.some((ending) => name.endsWith(ending) && name.length > ending.length)) return undefined
  // What is removed or copied with all it holds is a folder; so is, most often, a name without an end.
  const folder = use.recursive || use.text.endsWith('/') || (!/.\.[^.]+$/.test(name) && !FILES.test(use.program))
  if (folder || use.paths.some(isHarmlessDevice)) return undefined
  return {
    action: 'deny',
    reason: `${use.program} would change ${use.text}, and files of that kind may not be changed`,
    suggest,
  }
}
