import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runNode } from './run-node.js'
import { builtEntry, emptyFolder, packages, root } from './workspace.js'

/** What `programs/probe.mjs` saw. */
type Findings = Readonly<
  Record<'listeners' | 'globals' | 'builtins' | 'resources' | 'patched' | 'environment' | 'files', string[]>
>

// Slow to load, or acting on load; whoever needs one imports it where it is used.
const HEAVY = ['http', 'https', 'http2', 'tls', 'inspector', 'worker_threads', 'cluster', 'repl', 'sqlite', 'wasi']

const program = (name: string): string => join(import.meta.dirname, 'programs', name)

async function importing(file: string): Promise<Findings> {
  const cwd = emptyFolder()
  const path = join(cwd, 'report.json')
  const ended = await runNode([program('import-probe.mjs'), file, path], { cwd })
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
  // Written by the probe a moment ago.
  return JSON.parse(readFileSync(path, 'utf8')) as Findings
}

/** The loader reads the modules themselves; everything else is the package's doing. */
function ownFiles(files: readonly string[]): string[] {
  const isModule = (call: string): boolean => {
    const path = call.slice(call.indexOf(' ') + 1).replace(/^file:\/\//, '')
    const reads =
      /^fs(\.promises)?\.(readFile|readFileSync|stat|statSync|lstat|lstatSync|realpath|realpathSync|open|openSync|readSync|closeSync|fstatSync|existsSync|internalModuleStat|readPackage)\b/
    return reads.test(call) && (path.startsWith('fd ') || path.startsWith(root + sep))
  }
  return files.filter((call) => !isModule(call))
}

describe('the probe', () => {
  it('sees everything that a module may do to its process', async () => {
    const findings = await importing(program('everything.mjs'))
    expect(findings.listeners.join()).toMatch(/^exit x\d$/)
    expect(findings.globals).toEqual(['lokiProbe'])
    expect(findings.resources).toContain('Timeout')
    expect(findings.environment).toContain('LOKI_PROBE')
    expect(findings.patched).toEqual(['process.cwd'])
    expect(findings.builtins).toContain('NativeModule http')
    expect(ownFiles(findings.files).join('\n')).toMatch(
      /fs\.writeFileSync .*probe\.txt[\s\S]*fs\.promises\.readFile \/etc\/hosts/,
    )
  })
})

describe.each(packages.map((entry) => [entry.manifest.name, entry] as const))('importing %s', (_, entry) => {
  let findings: Findings
  let nothing: Findings
  beforeAll(async () => {
    nothing = await importing(program('nothing.mjs'))
    findings = await importing(builtEntry(entry))
  })

  it('adds no listener to the process', () => {
    expect(findings.listeners).toEqual([])
  })
  it('starts no timer, socket, watcher or anything else that is active', () => {
    expect(findings.resources).toEqual(nothing.resources)
  })
  it('adds no global and replaces no function of the process', () => {
    expect([...findings.globals, ...findings.patched]).toEqual([])
  })
  it('opens and writes no file', () => {
    expect(ownFiles(findings.files)).toEqual([])
  })
  it('reads nothing from the environment', () => {
    expect(findings.environment.filter((name) => !nothing.environment.includes(name))).toEqual([])
  })
  it('loads no heavy part of Node', () => {
    const names = findings.builtins.map((name) => name.replace('NativeModule ', ''))
    expect(names.filter((name) => HEAVY.includes(name))).toEqual([])
  })
})
