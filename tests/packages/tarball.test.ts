import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runNode } from './run-node.js'
import { builtEntry, dataFiles, emptyFolder, type Package, packages, readManifest, siblingsOf } from './workspace.js'

const exec = promisify(execFile)

/** A project that has nothing but the packed package, what it depends on, and nothing of the workspace. */
async function projectWith(entry: Package): Promise<string> {
  const project = emptyFolder()
  writeFileSync(join(project, 'package.json'), '{"private":true}\n')
  for (const one of [entry, ...allSiblings(entry)]) await unpack(one, project)
  return project
}

function allSiblings(entry: Package): Package[] {
  const found = new Map<string, Package>()
  const visit = (name: string): void => {
    const sibling = packages.find((other) => other.name === name)
    if (sibling === undefined) throw new Error(`@loki/${name} is not in packages/`)
    if (found.has(name)) return
    found.set(name, sibling)
    siblingsOf(sibling).forEach(visit)
  }
  siblingsOf(entry).forEach(visit)
  return [...found.values()]
}

async function unpack(entry: Package, project: string): Promise<void> {
  builtEntry(entry)
  const packed = emptyFolder()
  await exec('pnpm', ['pack', '--pack-destination', packed], { cwd: entry.dir })
  const [tarball] = readdirSync(packed)
  const target = join(project, 'node_modules', entry.manifest.name)
  mkdirSync(target, { recursive: true })
  await exec('tar', ['-xzf', join(packed, tarball ?? ''), '--strip-components=1', '-C', target])
  linkThirdParties(entry, project)
}

/** From the installed workspace, so that the test needs no network; a link resolves their own dependencies too. */
function linkThirdParties(entry: Package, project: string): void {
  for (const name of Object.keys(entry.manifest.dependencies ?? {}).filter((one) => !one.startsWith('@loki/'))) {
    const link = join(project, 'node_modules', name)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(realpathSync(join(entry.dir, 'node_modules', name)), link)
  }
}

describe.each(packages.map((entry) => [entry.manifest.name, entry] as const))('the tarball of %s', (name, entry) => {
  it('loads with import and with require() in an empty project, and gives the same', async () => {
    const project = await projectWith(entry)
    const imported = await runNode(
      ['--input-type=module', '-e', `import * as all from '${name}'; console.log(Object.keys(all).sort().join())`],
      { cwd: project },
    )
    const required = await runNode(
      ['-e', `console.log(Object.keys(require('${name}')).filter((key) => key !== '__esModule').sort().join())`],
      { cwd: project },
    )
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    expect(imported.stdout.trim()).not.toBe('')
    expect(required).toEqual(imported)
  })

  it('holds what it promises, and no word that only the workspace understands', async () => {
    const project = await projectWith(entry)
    const unpacked = join(project, 'node_modules', name)
    const manifest = readManifest(unpacked)
    const ranges = Object.values({ ...manifest.dependencies, ...manifest.peerDependencies })
    expect(ranges.filter((range) => /^(workspace|catalog|link|file):/.test(range))).toEqual([])
    const folders = dataFiles(manifest).flatMap(([, path]) => path.split('/')[1] ?? [])
    expect(readdirSync(unpacked).sort()).toEqual(
      ['LICENSE', 'README.md', 'dist', 'package.json', 'src', ...folders].sort(),
    )
    for (const target of Object.values(manifest.exports ?? {})) {
      const files = typeof target === 'string' ? [target] : Object.values(target as Readonly<Record<string, string>>)
      expect(files.filter((file) => !existsSync(join(unpacked, file)))).toEqual([])
    }
  })
})
