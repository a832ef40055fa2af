import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { keyFolder } from './folder.js'

/** The project of a log: what holds `.loki/audit`, else the nearest folder with `.git`, else the log's own folder. */
export function projectOf(log: string): string {
  if (basename(dirname(log)) === '.loki') return dirname(dirname(log))
  for (let folder = log; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
  }
  return log
}

/** Whether a folder of keys, which need not be there yet, lies in the project of a log: what works there could read them. */
export function isKeptInside(folder: string, log: string): boolean {
  const way = relative(realOf(projectOf(log)), realOf(folder))
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way)
}

/** Why a log has no checkpoints, where the place of this user's key is the reason. */
export function unsignedReason(file: string): string | undefined {
  const folder = keyFolder()
  if (!isKeptInside(folder, dirname(file))) return undefined
  return `the folder of the signing key, ${folder}, lies inside the project ${projectOf(dirname(file))}, where an agent could read it; set LOKI_HOME to another place`
}

/** The real path of what there is, and behind it what is not there yet. */
function realOf(path: string): string {
  if (existsSync(path) || path === dirname(path)) return existsSync(path) ? realpathSync(path) : path
  return join(realOf(dirname(path)), basename(path))
}
