import { isAbsolute, join } from 'node:path'
import type { SimpleCommand } from '../command/analysis.js'
import { UnresolvablePath } from '../paths/identity.js'
import { type Facts, isHarmlessDevice, type NamedPath } from '../rules/facts.js'
import { type AnchoredGlob, anchoredGlob } from '../rules/match/anchored-glob.js'
import { type Breach, NO_BREACH, type Rule } from '../rules/rule.js'

/** `SCOPE_ALLOWED_PATHS`: reading and writing stays below these; relative entries begin at the project. */
export function allowedPathsRule(name: string, entries: readonly string[]): Rule {
  const suggest = `use a path inside ${entries.slice(0, 8).join(', ')}`
  return {
    name,
    point: 'pre_execution',
    check(facts) {
      const globs = entries.map((entry) =>
        anchoredGlob(
          entry === '~' || entry.startsWith('~/') || isAbsolute(entry) ? entry : join(facts.input.projectDir, entry),
        ),
      )
      const inside = (path: string): boolean =>
        globs.some((glob) => glob(path, { spelled: false, glob: false }, facts) === 'in')
      return firstBreach(usesOf(facts), (use) => {
        if (!use.known)
          return use.access === 'read'
            ? undefined
            : {
                action: 'require_approval',
                reason: `which path ${use.program} would ${use.access} is known only when it runs: ${use.text}`,
                suggest,
              }
        const outside = realPaths(use, facts).find((path) => !inside(path))
        return outside === undefined
          ? undefined
          : { action: 'deny', reason: `${shown(use.text, outside)} is not inside the paths that are allowed`, suggest }
      })
    },
  }
}

/** `SCOPE_DENIED_PATHS`: nothing that these globs mean is read, written, moved or handed to a program. */
export function deniedPathsRule(entries: readonly string[]): Rule {
  const globs = entries.map(anchoredGlob)
  const suggest = 'leave it alone, or ask a person for what you need of it'
  return {
    name: 'loki_denied_paths',
    point: 'pre_execution',
    check(facts) {
      return firstBreach([...usesOf(facts), ...wordsOf(facts)], (use) => {
        if (!use.known)
          return use.program === 'word'
            ? undefined
            : {
                action: 'require_approval',
                reason: `which path ${use.program} would ${use.access} is known only when it runs: ${use.text}`,
                suggest,
              }
        const hit = [...use.paths, ...realPaths(use, facts)].find((path, index) =>
          reaches(globs, path, { use, facts, spelled: index < use.paths.length }),
        )
        return hit === undefined
          ? undefined
          : { action: 'deny', reason: `${shown(use.text, hit)} is among the paths that are denied`, suggest }
      })
    },
  }
}

interface Reaching {
  readonly use: NamedPath
  readonly facts: Facts
  readonly spelled: boolean
}

function reaches(globs: readonly AnchoredGlob[], path: string, { use, facts, spelled }: Reaching): boolean {
  const whole = use.recursive || use.access === 'move'
  return globs.some((glob) => {
    const reach = glob(path, { spelled, glob: use.glob }, facts)
    return reach === 'in' || reach === 'maybe' || (reach === 'holds' && whole)
  })
}

function firstBreach(uses: readonly NamedPath[], judge: (use: NamedPath) => Breach | undefined): readonly Breach[] {
  for (const use of uses) {
    if (use.remote || (use.paths.length > 0 && use.paths.every(isHarmlessDevice))) continue
    const breach = judge(use)
    if (breach !== undefined) return [breach]
  }
  return NO_BREACH
}

function usesOf(facts: Facts): readonly NamedPath[] {
  return [...facts.named, ...(facts.analysis?.writes ?? []), ...(facts.analysis?.reads ?? [])]
}

// Most programs read the files that their words name; these only print them, or take them as texts.
const TEXTS = /^(?:echo|printf|\[|\[\[|test|export|read|alias)$/
const MAX_WORDS = 512

/** Every plain word of every command, as a path that it may name. */
function wordsOf({ analysis, home, input }: Facts): readonly NamedPath[] {
  const commands = (analysis?.commands ?? []).filter((command) => !TEXTS.test(command.program) && !command.remote)
  return commands.flatMap((command) => wordsOfOne(command, { home, cwd: input.cwd })).slice(0, MAX_WORDS)
}

function wordsOfOne({ argv, cwds }: SimpleCommand, { home, cwd }: { home: string; cwd: string }): readonly NamedPath[] {
  return argv.slice(1).flatMap(({ text, known, glob }): readonly NamedPath[] => {
    const path = text
      .replace(/^-{1,2}[\w-]*=/, '')
      .replace(/^[\w-]*=?@/, '')
      .replace(/^[\w./~^-]+:(?!\/\/)/, '')
    if (!known || path === '' || path.startsWith('-') || /[\s:'"(){}]/.test(path) || path.length > 1024) return []
    const absolute = path.startsWith('~/')
      ? [home + path.slice(1)]
      : isAbsolute(path)
        ? [path]
        : (cwds ?? [cwd]).map((folder) => `${folder}/${path}`)
    return [
      {
        text,
        paths: absolute,
        known,
        glob,
        access: 'read',
        recursive: false,
        filtered: false,
        program: 'word',
        remote: false,
      },
    ]
  })
}

function realPaths(use: NamedPath, facts: Facts): readonly string[] {
  const entry = use.access === 'remove' || use.access === 'move'
  return use.paths.map((path) => {
    try {
      return entry ? facts.identity.resolveEntry(path) : facts.identity.resolve(path)
    } catch (error) {
      if (error instanceof UnresolvablePath) return path
      throw error
    }
  })
}

function shown(text: string, path: string): string {
  return text === path ? text : `${text} (${path})`
}
