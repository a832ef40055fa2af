import { dirname } from 'node:path'
import type { PathUse } from '../command/analysis.js'
import { globMatcher } from '../paths/glob.js'
import { isWithin, UnresolvablePath } from '../paths/identity.js'
import type { Facts } from './facts.js'
import type { Breach } from './rule.js'

// On another machine only what no machine survives is certain to be wrong.
const SYSTEM =
  /^(?:\/+|~|\/+(?:bin|boot|dev|etc|home|lib|lib32|lib64|opt|proc|root|sbin|srv|sys|usr|var|users|system|library|applications)(?:\/+(?:bin|lib|local|sbin|share|log))?)\/*(?:\.?\*|\.)?$/i
const EVERYTHING = /^[.*?[\]!]*\*[.*?[\]!]*$/

/**
 * What makes a recursive removal one of the kind `rm -rf /`: anything but a place inside the project or a temporary
 * folder. The project itself, what lies above it and its `.git` are never such a place.
 */
export function checkRemoval(use: PathUse, facts: Facts): Breach | undefined {
  if (use.access !== 'remove' || !use.recursive) return undefined
  if (use.remote) return SYSTEM.test(use.text) ? deny(use, 'a system folder of the other machine') : undefined
  if (!use.known)
    return {
      action: 'require_approval',
      reason: `${use.program} would remove ${use.text} with all it holds, and which folder that is cannot be known before it runs`,
      suggest: 'write the folder out, as a path inside the project',
    }
  for (const path of use.paths) {
    let harm: string | undefined
    try {
      harm = harmOf(path, use, facts)
      if (harm === ELSEWHERE && !isSystem(path, facts)) return ask(use)
    } catch (error) {
      if (!(error instanceof UnresolvablePath)) throw error
      harm = error.message
    }
    if (harm !== undefined) return deny(use, harm)
  }
  return undefined
}

const ELSEWHERE = 'it is neither inside the project nor in a temporary folder'
// Below these nothing belongs to the work of a project.
const MACHINE = /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|proc|root|sbin|sys|system)(?:\/|$)/i

function isSystem(path: string, { identity }: Facts): boolean {
  const real = identity.resolveEntry(path)
  return SYSTEM.test(real) || MACHINE.test(real) || SYSTEM.test(path)
}

// Another folder of the user may well be meant: a person says whether it is.
function ask(use: PathUse): Breach {
  return {
    action: 'require_approval',
    reason: `${use.program} would remove ${use.text} with all it holds: ${ELSEWHERE}`,
    suggest: 'remove only named folders inside the project, such as ./dist',
  }
}

function deny(use: PathUse, harm: string): Breach {
  return {
    action: 'deny',
    reason: `${use.program} would remove ${use.text} with all it holds: ${harm}`,
    suggest: 'remove only named folders inside the project, such as ./dist',
  }
}

function harmOf(path: string, use: PathUse, facts: Facts): string | undefined {
  const { project, identity } = facts
  const glob = use.glob ? firstGlob(path) : undefined
  const name = glob === undefined ? '' : path.slice(path.lastIndexOf('/') + 1)
  const everything = glob !== undefined && EVERYTHING.test(name) && glob.rest === name
  const target = everything ? identity.resolve(glob.folder) : identity.resolveEntry(path)
  const partial = use.filtered || everything

  if (isWithin(project, target) && !(use.filtered && target === project))
    return target === project ? 'that is the project itself' : 'the project lies inside it'
  if (glob !== undefined && !everything) {
    const folder = identity.resolve(glob.folder)
    if (folder !== project && isWithin(project, folder)) return 'it may be the project itself'
    const matches = globMatcher(glob.rest.replace(/\[[^\]]*\]/g, '?'))
    if (folder === project && glob.rest.startsWith('.') && matches('.git')) return `it may be the project's history`
  }
  if (isWithin(identity.resolve(facts.home), target)) return 'that is the home folder, or holds it'
  // The index and locks come back by themselves.
  if (/\/\.git\/(?:index|[\w./-]+\.lock)$/.test(target) && isWithin(target, `${project}/.git`)) return undefined
  if (isWithin(target, `${project}/.git`) && !use.filtered) return `that is the project's history`
  if (isWithin(target, project)) return undefined
  for (const temporary of facts.temporary)
    if (isWithin(target, temporary) && (target !== temporary || partial)) return undefined
  return ELSEWHERE
}

function firstGlob(path: string): { readonly folder: string; readonly rest: string } | undefined {
  const at = path.search(/[*?[]|[@!+]\(/)
  if (at < 0) return undefined
  const slash = path.lastIndexOf('/', at)
  return { folder: slash <= 0 ? dirname('/x') : path.slice(0, slash), rest: path.slice(slash + 1) }
}
