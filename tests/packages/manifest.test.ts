import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { composing, dataFiles, packages, root, siblingsOf } from './workspace.js'

const SUBPATH = /^\.(\/[a-z-]+)*$/

function sources(dir: string): string[] {
  return readdirSync(join(dir, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
}

describe.each(packages.map((entry) => [entry.manifest.name, entry] as const))('%s', (_, entry) => {
  const { dir, name, manifest } = entry

  it('has a manifest like every other', () => {
    expect(manifest).toMatchObject({
      name: `@loki/${name}`,
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20.19' },
      files: ['dist', ...dataFiles(manifest).map(([, path]) => path.split('/')[1]), 'src', '!dist/.tsbuildinfo'],
    })
  })

  it('exports the source first for the workspace, then types, then what is built', () => {
    const { './package.json': self, ...entries } = manifest.exports ?? {}
    expect(self).toBe('./package.json')
    expect(Object.keys(entries)).toContain('.')
    const data = dataFiles(manifest)
    for (const [, path] of data) expect(existsSync(join(dir, path))).toBe(true)
    for (const [path, target] of Object.entries(entries)) {
      if (data.some(([name]) => name === path)) continue
      expect(path).toMatch(SUBPATH)
      const name = path.slice(2)
      const file = path === '.' ? 'index' : existsSync(join(dir, 'src', name)) ? `${name}/index` : name
      const wanted = [`./src/${file}.ts`, `./dist/${file}.d.ts`, `./dist/${file}.js`]
      expect(Object.entries(target as object)).toEqual(
        ['@loki/source', 'types', 'default'].map((condition, n) => [condition, wanted[n]]),
      )
      expect(existsSync(join(dir, wanted[0] ?? ''))).toBe(true)
    }
  })

  it('says in its README first what its description says, and tells nobody to install a name that is not ours', () => {
    const readme = readFileSync(join(dir, 'README.md'), 'utf8')
    const [title, sentence] = readme.split('\n').filter((line) => line.trim() !== '')
    expect(title).toBe(`# ${manifest.name}`)
    expect(sentence).toBe(manifest.description)
    expect(readme).not.toMatch(/(npm|pnpm|yarn|bun) (i|add|install) [^\n]*@loki\//)
  })

  it('comes with its licence', () => {
    expect(readFileSync(join(dir, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'))
  })

  it('knows its siblings only when it is made of them', () => {
    const siblings = siblingsOf(entry)
    expect(composing.includes(name) ? [] : siblings).toEqual([])
    for (const sibling of siblings) expect(packages.map((other) => other.name)).toContain(sibling)
  })

  it('has one entry of named re-exports and no logic', () => {
    const index = readFileSync(join(dir, 'src/index.ts'), 'utf8')
    const code = index.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim()
    const rest = code.replaceAll(/export (type )?\{[^}*]*\} from '\.\/[a-z0-9/-]+\.js'/g, '').trim()
    expect(code).not.toBe('')
    expect(rest).toBe('')
    expect(code).not.toMatch(/\{[^}]*\btype\s[^}]*\}/)
  })

  it('has no file of 300 lines or more, and kebab-case names', () => {
    const files = sources(dir).map(
      (file) => [file, readFileSync(join(dir, 'src', file), 'utf8').split('\n').length] as const,
    )
    expect(files.filter(([, lines]) => lines >= 300)).toEqual([])
    expect(
      files
        .map(([file]) => file)
        .filter((file) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(file)),
    ).toEqual([])
    expect(
      files.map(([file]) => file).filter((file) => /(^|\/)(utils?|helpers?|common|manager)\.ts$/.test(file)),
    ).toEqual([])
  })
})
