import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fencesOf, helpProblem, lokiCommands, matchesOutput, type Program, programsOf } from './fences.js'
import { runNode } from './run-node.js'
import { builtEntry, emptyFolder, packages, root } from './workspace.js'

const readmes = [{ name: 'README.md', path: join(root, 'README.md') }].concat(
  packages.map(({ name, dir }) => ({ name: `packages/${name}/README.md`, path: join(dir, 'README.md') })),
)

const missing = readmes.filter(({ path }) => !existsSync(path)).map(({ name }) => name)
const programs = readmes
  .filter(({ path }) => existsSync(path))
  .flatMap(({ name, path }) =>
    programsOf(fencesOf(readFileSync(path, 'utf8'))).map((program) => [`${name}:${program.line}`, program] as const),
  )

/** A project in which `@loki/*` are the packages of this workspace, as they are built. */
function projectWithPackages(): string {
  const project = emptyFolder()
  mkdirSync(join(project, 'node_modules/@loki'), { recursive: true })
  for (const { name, dir } of packages) symlinkSync(dir, join(project, 'node_modules/@loki', name))
  return project
}

describe('the READMEs', () => {
  it('are all there', () => {
    expect(missing).toEqual([])
  })

  it('of packages each show a program', () => {
    const shown = new Set(programs.map(([place]) => place.replace(/:\d+$/, '')))
    expect(packages.map(({ name }) => `packages/${name}/README.md`).filter((name) => !shown.has(name))).toEqual([])
  })
})

describe('every program in a README does what the README says', () => {
  it.each(programs)('%s', async (_, program: Program) => {
    for (const entry of packages) if (program.code.includes(`'${entry.manifest.name}'`)) builtEntry(entry)
    const project = projectWithPackages()
    writeFileSync(join(project, 'program.mjs'), program.code)
    const ended = await runNode(['program.mjs'], { cwd: project })
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' })
    if (!matchesOutput(ended.stdout, program.output)) expect(ended.stdout.trimEnd()).toBe(program.output)
  })
})

describe('every loki command in the README exists', () => {
  const text = existsSync(join(root, 'README.md')) ? readFileSync(join(root, 'README.md'), 'utf8') : ''
  const scripts = fencesOf(text).filter(({ language }) => language === 'sh')
  const commands = [...new Set(scripts.flatMap((fence) => lokiCommands(fence.text)).map((words) => words.join(' ')))]

  it('and there are some', () => {
    expect(commands).not.toEqual([])
  })

  it.each(commands)('loki %s', async (command) => {
    const main = join(root, 'apps/cli/dist/main.js')
    expect([main, existsSync(main)]).toEqual([main, true])
    const words = command.split(' ').filter((word) => word !== '')
    const ended = await runNode([main, ...words, '--help'], { cwd: emptyFolder() })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(helpProblem(words, ended.stdout)).toBeUndefined()
  })
})
