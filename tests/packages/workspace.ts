import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** The root of the repository. */
export const root: string = join(import.meta.dirname, '../..')

/** What this suite reads of a package.json. */
export type Manifest = {
  readonly name: string
  readonly description?: string
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly engines?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** One folder of `packages/`. */
export type Package = { readonly name: string; readonly dir: string; readonly manifest: Manifest }

/** Packages that are made of others; every other one is a leaf and knows none of its siblings. */
export const composing: readonly string[] = ['guard', 'mcp', 'runner']

/** Every folder in `packages/`, whether or not it is as it should be. */
export const packages: readonly Package[] = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const dir = join(root, 'packages', name)
    return { name, dir, manifest: readManifest(dir) }
  })

export function readManifest(dir: string): Manifest {
  // Its fields are what the tests are about.
  return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest
}

/** Data that a package exports beside its code, each in a folder of its own kind: `./schema.json`. */
export function dataFiles({ exports = {} }: Manifest): readonly (readonly [name: string, path: string])[] {
  return Object.entries(exports).flatMap(([name, path]) =>
    name !== './package.json' && typeof path === 'string' && path.endsWith('.json') ? [[name, path] as const] : [],
  )
}

/** The built entry of a package; the suite tests what is built, so a missing build is a failure with a remedy. */
export function builtEntry({ dir, name }: Package): string {
  const path = join(dir, 'dist/index.js')
  if (!existsSync(path)) throw new Error(`packages/${name} is not built; run pnpm build first`)
  return path
}

/** The dependencies of a package on its siblings, by folder name. */
export function siblingsOf({ manifest }: Package): string[] {
  return Object.keys(manifest.dependencies ?? {})
    .filter((name) => name.startsWith('@loki/'))
    .map((name) => name.slice('@loki/'.length))
}

const folders: string[] = []

/** An empty folder, removed when the test file that asked for it has ended. */
export function emptyFolder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'loki-packages-')))
  folders.push(dir)
  return dir
}

afterAll(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
})
