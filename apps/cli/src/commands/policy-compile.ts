import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { secondWall } from '@loki/guard'
import type { SecondWall, WallFile } from '@loki/guard'
import { openPolicies } from '@loki/policies'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import { hookCommand } from '../program-file.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { describeProblems } from './policy.js'

export interface PolicyCompileOptions {
  readonly out?: string
  readonly check?: boolean
}

/** `loki policy compile`: with `--check` it ends with 1 where a file differs from what the policy says. */
export function compile(call: Call<PolicyCompileOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const host = args[0] ?? ''
  const policies = openPolicies({ projectDir, enabled: true })
  if (policies.problems.length > 0) {
    throw new CliError('BAD_POLICY', describeProblems(policies.problems), { next: 'Mend it: loki policy check' })
  }
  const wall = secondWall(host, { policies, env: process.env, hookCommand: hookCommand() })
  if (options.check === true) return Promise.resolve(checked(call, wall))
  const files = wall.files.map((file) => ({ ...file, written: written(file, options.out) }))
  if (output.json) output.record({ host, files, untranslated: wall.untranslated })
  else {
    for (const { path, content, written: place } of files) {
      if (place === undefined) output.data(`# ${path}\n${content}`)
      else output.note(`Written: ${place}\n  for ${path}`)
    }
    tellRest(call, wall)
  }
  return Promise.resolve(undefined)
}

function written({ path, content }: WallFile, folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined
  mkdirSync(resolve(folder), { recursive: true })
  const file = join(resolve(folder), basename(path))
  writeFileSync(file, content)
  return file
}

/** Compares what is installed, or lies in `--out`, with what the policy comes to. */
function checked({ output, options }: Call<PolicyCompileOptions>, wall: SecondWall): ExitName {
  const found = wall.files.map(({ path, content }) => {
    const own = path.replace(/^~(?=\/)/, process.env.HOME ?? '~')
    const file = options.out === undefined ? own : join(resolve(options.out), basename(path))
    const there = textOf(file)
    return { file, state: there === undefined ? 'missing' : there === content ? 'same' : 'differs' }
  })
  const drifted = found.some(({ state }) => state !== 'same')
  if (output.json) output.record({ drifted, files: found })
  else for (const { file, state } of found) output.data(`${state.padEnd(8)} ${plain(file)}`)
  return drifted ? 'failed' : 'done'
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function tellRest({ output }: Call<unknown>, { untranslated }: SecondWall): void {
  if (untranslated.length === 0) return
  output.note(
    `${countOf(untranslated.length, 'rule')} that these settings cannot express; the guard alone decides on them:`,
  )
  for (const { rule, why } of untranslated) output.note(`  ${plain(rule)}: ${plain(why)}`)
}
