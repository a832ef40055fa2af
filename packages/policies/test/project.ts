import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { type Evaluation, openPolicies, type Policies, type PolicyInput, type PolicyOptions } from '../src/index.js'

/** A temporary project with a home beside it, removed after the tests of the file. */
export interface TestProject {
  readonly dir: string
  readonly home: string
  write(path: string, content: string): string
  open(options?: Partial<PolicyOptions>): Policies
  input(input: Partial<PolicyInput>): PolicyInput
}

export function testProject(): TestProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-policies-')))
  const dir = join(root, 'proj')
  const home = join(root, 'home')
  for (const path of ['proj/src', 'proj/dist', 'proj/.git/hooks', 'proj/.loki', 'proj-evil', 'home'])
    mkdirSync(join(root, path), { recursive: true })
  afterAll(() => {
    rmSync(root, { recursive: true, force: true })
  })
  return {
    dir,
    home,
    write(path, content) {
      const file = join(dir, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      return file
    },
    open: (options = {}) => openPolicies({ projectDir: dir, enabled: true, env: { HOME: home }, ...options }),
    input: (input) => ({ kind: 'command', cwd: dir, projectDir: dir, ...input }),
  }
}

/** What a command gets from the built-in rules. */
export function decideCommand(project: TestProject, command: string, policies = project.open()): Evaluation {
  return policies.decide(project.input({ command }))
}
