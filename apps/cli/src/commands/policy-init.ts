import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import type { Call } from '../program/define.js'

export interface PolicyInitOptions {
  readonly pack?: string
  readonly protect?: readonly string[]
  readonly print?: boolean
  readonly force?: boolean
}

/** `loki policy init`. */
export function init(call: Call<PolicyInitOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const text = starter(options)
  if (options.print === true) {
    process.stdout.write(text)
    return Promise.resolve(undefined)
  }
  const folder = join(projectDir, '.loki')
  const there = ['policies.yaml', 'policies.yml', 'policies.json'].find((name) => existsSync(join(folder, name)))
  if (there !== undefined && !(there === 'policies.yaml' && options.force === true)) {
    throw new CliError('EXISTS', `.loki/${there} is there already.`, {
      next: 'Look at a new one with --print, or replace .loki/policies.yaml with --force.',
    })
  }
  const file = join(folder, 'policies.yaml')
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, text, { mode: 0o600 })
  if (output.json) output.record({ file })
  else output.note(`Written: ${file}\nTry it: loki policy test --command 'git push --force origin main'`)
  return Promise.resolve(undefined)
}

/** A policy file with comments. Its own tests run when it is loaded. */
function starter({ pack = 'standard', protect = ['main'] }: PolicyInitOptions): string {
  return `# What agents may do in this project. Every key: docs/formats/policies.md
# Check it: loki policy lint    Try it: loki policy test --command 'git push'

# How much of the built-in rules holds: strict, standard, minimal or off.
pack: ${text(pack)}

policies:
  pre_execution:
    # Files are written, moved and removed only inside the project.
    - name: inside-the-project
      rule: file_path must start with project_dir
      action: deny

    # However a push is spelled: the branch at the other end counts.
    - name: protected-branches
      command: git push
      branch: ${list(protect)}
      action: deny
      reason: this branch changes by reviewed pull requests only
      suggest: push a branch of your own and open a pull request
      tests:
        - command: ${text(`git push origin ${example(protect[0])}`)}
          expect: deny
        - command: git push origin a-branch-of-my-own
          expect: allow

    # Told, recorded, and stopping nobody: look at a rule like this with \`loki policy replay\` before it is enforced.
    # - name: no-new-dependencies
    #   command: [npm install *, pnpm add *]
    #   action: require_approval
    #   mode: shadow

  data:
    # Secrets are neither written nor sent.
    - name: secrets
      type: secret_detection
      action: deny
`
}

/** A branch that a pattern means. */
function example(pattern = 'main'): string {
  return pattern.replaceAll('*', 'x')
}

/** JSON is YAML, so anything can stand in it. */
function text(value: string): string {
  return /^[A-Za-z][A-Za-z0-9 /_.-]*$/.test(value) ? value : JSON.stringify(value)
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`
}
