import { isAbsolute } from 'node:path'
import { type LoadedPolicies, loadPolicies, policyPaths } from '../file/load.js'
import { EMPTY_FILE } from '../file/policy-file.js'
import type { TestPlace } from '../file/run-tests.js'
import type { PolicyProblem } from '../problem.js'

/** The levels that files make, uppermost first. */
type FileLevel = 'organisation' | 'project' | 'session'

/** What one level's file gave. */
export interface LevelFile extends LoadedPolicies {
  readonly level: FileLevel
  /** Every path whose change means: read again. */
  readonly paths: readonly string[]
}

/** Where the files of the levels are looked for. */
export interface Places extends TestPlace {
  readonly env: NodeJS.ProcessEnv
  /** The project's file, where it is named. */
  readonly file: string | undefined
  readonly organisationFile: string | undefined
  readonly sessionFile: string | undefined
}

/** The organisation's file where nothing else is named. */
const ORGANISATION_FILE = '/etc/loki/policies.yaml'

/** Reads the file of each level. */
export function readLevels(places: Places): readonly LevelFile[] {
  const { env, projectDir, file } = places
  const project = file === undefined ? policyPaths(projectDir) : [file]
  return [
    readOrganisation(places),
    { level: 'project', paths: project, ...load(project, 'project', { required: file !== undefined, place: places }) },
    readNamed('session', { path: places.sessionFile, variable: 'LOKI_SESSION_POLICY_FILE', env, place: places }),
  ]
}

function readOrganisation(places: Places): LevelFile {
  const named = readNamed('organisation', {
    path: places.organisationFile,
    variable: 'LOKI_POLICY_FILE',
    env: places.env,
    place: places,
  })
  if (named.found) return named
  const paths = [ORGANISATION_FILE]
  return { level: 'organisation', paths, ...load(paths, 'organisation', { required: false, place: places }) }
}

interface Named {
  readonly path: string | undefined
  readonly variable: string
  readonly env: NodeJS.ProcessEnv
  readonly place: TestPlace
}

/** A file that an option or a variable names; it must be there. */
function readNamed(level: FileLevel, { path, variable, env, place }: Named): LevelFile {
  const named = path ?? env[variable]?.trim()
  if (named === undefined || named === '')
    return { level, paths: [], found: false, path: undefined, file: EMPTY_FILE, problems: [] }
  if (!isAbsolute(named)) {
    const message = `expected the absolute path of a policy file, found "${named.slice(0, 100)}"`
    const problem: PolicyProblem = { file: variable, line: 0, column: 0, message, code: 'invalid_variable' }
    return { level, paths: [], found: true, path: named, file: EMPTY_FILE, problems: [problem] }
  }
  return { level, paths: [named], ...load([named], level, { required: true, place }) }
}

function load(
  paths: readonly string[],
  level: FileLevel,
  { required, place }: { required: boolean; place: TestPlace },
): LoadedPolicies {
  return loadPolicies(paths, { level, required, place })
}
