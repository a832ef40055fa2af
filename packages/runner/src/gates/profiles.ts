import { lstatSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isMissing, messageOf, RunnerError } from '../errors.js'

/** Where a value stands: `line 3 of .../team.conf`, or `the environment`. */
export interface ProfileValue {
  readonly value: string
  readonly place: string
}

export interface ProfileOptions {
  readonly projectDir: string
  readonly env: NodeJS.ProcessEnv
}

// Peer review and performance stay at what is built today: a profile that asked for them could not start.
const builtIn: Readonly<Record<string, string>> = {
  'production-critical': `# What customers depend on.
GATE_TESTS_REQUIRED=true
GATE_MIN_COVERAGE=80
GATE_SECURITY_SCAN=true
`,
  'internal-tooling': `# What colleagues use.
GATE_TESTS_REQUIRED=true
GATE_MIN_COVERAGE=50
GATE_SECURITY_SCAN=true
`,
  prototype: `# What shows an idea.
GATE_TESTS_REQUIRED=false
GATE_SECURITY_SCAN=true
`,
}
const maxBytes = 64 * 1024
const profileName = /^[a-z0-9][a-z0-9._-]{0,63}$/
const keys =
  /^(?:GATE_(?:TESTS_REQUIRED|MIN_COVERAGE|COVERAGE_REPORT|SECURITY_SCAN|SECURITY_ALLOW|PEER_REVIEW_COUNT|PERFORMANCE_CHECK)|GATE_CUSTOM_[A-Z][A-Z0-9_]{0,59})$/

/**
 * The values of a profile, by key: `.loki/gates/<name>.conf` in the project, else the same in `LOKI_HOME` or `~/.loki`, else the
 * one of that name that comes with Loki. Throws `BAD_GATES` with the line for what is malformed.
 */
export function readProfile(name: string, options: ProfileOptions): ReadonlyMap<string, ProfileValue> {
  const plain = name.replace(/\.conf$/, '')
  if (!profileName.test(plain))
    throw bad(`the name of a profile of gates, such as prototype; got ${JSON.stringify(name.slice(0, 80))}`)
  const files = folders(options).map((folder) => join(folder, `${plain}.conf`))
  for (const file of files) {
    const text = readConf(file)
    if (text !== undefined) return parseProfile(text, file)
  }
  const text = Object.hasOwn(builtIn, plain) ? builtIn[plain] : undefined
  if (text !== undefined) return parseProfile(text, `${plain}.conf`)
  throw bad(
    `a profile of gates: ${Object.keys(builtIn).join(', ')}, or one of your own at ${files.join(' or ')}; got ${plain}`,
  )
}

/** `KEY=VALUE` on each line; blank lines and those that begin with `#` say nothing. */
function parseProfile(text: string, file: string): ReadonlyMap<string, ProfileValue> {
  const values = new Map<string, ProfileValue>()
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim()
    const place = `line ${index + 1} of ${file}`
    if (line === '' || line.startsWith('#')) continue
    const [, key, value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? []
    if (key === undefined) throw bad(`KEY=VALUE in ${place}, got ${JSON.stringify(line.slice(0, 120))}`)
    if (!keys.test(key)) throw bad(`a GATE_ variable in ${place}, got ${key.slice(0, 80)}`)
    if (values.has(key)) throw bad(`${key} once, got it again in ${place}`)
    values.set(key, { value: unquoted(value.trim(), place), place })
  }
  return values
}

/** Quotes are for values with blanks at their ends; one alone is a mistake. */
function unquoted(value: string, place: string): string {
  const quote = value.slice(0, 1)
  if (quote !== '"' && quote !== "'") return value
  if (value.length < 2 || !value.endsWith(quote)) throw bad(`both quotes around the value in ${place}`)
  return value.slice(1, -1)
}

function folders({ projectDir, env }: ProfileOptions): readonly string[] {
  const moved = env.LOKI_HOME?.trim() ?? ''
  const home = moved === '' ? join(env.HOME ?? homedir(), '.loki') : moved
  return [join(projectDir, '.loki', 'gates'), join(home, 'gates')]
}

function readConf(file: string): string | undefined {
  try {
    const stats = lstatSync(file)
    if (!stats.isFile() || stats.size > maxBytes) throw bad(`a regular file of at most ${maxBytes} bytes at ${file}`)
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    if (thrown instanceof RunnerError) throw thrown
    throw bad(`to read ${file}: ${messageOf(thrown)}`)
  }
}

function bad(expected: string): RunnerError {
  return new RunnerError('BAD_GATES', `Expected ${expected}.`)
}
