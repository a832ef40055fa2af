import type { Argument, CommandAnalysis, SimpleCommand } from '../command/analysis.js'
import { parseGit } from '../command/git.js'
import { parseOptions } from '../command/options.js'

/** A branch that a git command changes, here or on the other side; undefined where that is not known before it runs. */
export interface BranchUse {
  readonly branch: string | undefined
  readonly how: 'push' | 'create' | 'change' | 'delete'
  readonly command: SimpleCommand
}

/** The branches that the git commands of a script change, with `here` checked out when it begins. */
export function branchUses(analysis: CommandAnalysis, here: string | undefined): readonly BranchUse[] {
  let current: Branches = [here]
  const uses: BranchUse[] = []
  for (const command of analysis.commands) {
    if (command.program !== 'git') continue
    const add = (how: BranchUse['how'], branches: Branches): void => {
      for (const branch of branches) uses.push({ branch, how, command })
    }
    add('create', createdBranches(command))
    const switched = branchAfter(command, current)
    if (switched !== undefined) current = switched
    add('push', pushTargets(command, current) ?? [])
    add('delete', deletedBranches(command))
    if (changesCurrent(command)) add('change', parseGit(command.argv).elsewhere ? [undefined] : current)
  }
  return uses
}

type Branches = readonly (string | undefined)[]

const PUSH_VALUES = ['o', 'push-option', 'receive-pack', 'exec', 'repo', 'recurse-submodules']
const CREATES = ['b', 'B', 'c', 'C', 'create', 'force-create', 'orphan']
const CHANGES: ReadonlySet<string> = new Set(
  'commit merge rebase cherry-pick revert am reset pull update-ref filter-branch filter-repo commit-tree'.split(' '),
)

/** Branches a command pushes to, undefined among them where one is not known; undefined where it is no push. */
function pushTargets(command: SimpleCommand, current: Branches): Branches | undefined {
  const { subcommand, args, elsewhere } = parseGit(command.argv)
  if (subcommand === 'subtree' && args[0]?.text === 'push') return [args.at(-1)?.text]
  if (subcommand !== 'push' && subcommand !== 'send-pack') return undefined
  const { flags, operands } = parseOptions([{ text: 'push', known: true, glob: false }, ...args], {
    values: PUSH_VALUES,
  })
  if (['all', 'branches', 'mirror', 'stdin'].some((flag) => flags.has(flag))) return [undefined]
  if (!args.every((word) => word.known)) return [undefined]
  const here = elsewhere ? [undefined] : current
  const refspecs = operands.slice(flags.has('repo') ? 0 : 1)
  if (refspecs.length === 0) return flags.has('tags') ? [] : here
  const targets: (string | undefined)[] = []
  for (let index = 0; index < refspecs.length; index += 1) {
    // `tag v1` is a pair.
    if (refspecs[index]?.text === 'tag') index += 1
    else targets.push(...targetOf(refspecs[index]?.text ?? '', here))
  }
  return targets
}

function targetOf(refspec: string, here: Branches): Branches {
  const plain = refspec.replace(/^\+/, '')
  if (plain.startsWith('^')) return []
  const colon = plain.indexOf(':')
  const name = colon < 0 ? plain : plain.slice(colon + 1)
  // `:` alone pushes every branch that both sides have.
  if (name === '' || name.includes('*')) return [undefined]
  if (colon < 0 && (name === 'HEAD' || name === '@')) return here
  if (name.startsWith('refs/tags/')) return []
  return [name.replace(/^(refs\/)?(heads\/)?/, '')]
}

/** The branches that may be checked out after a command; undefined where it changes none. */
function branchAfter(command: SimpleCommand, current: Branches): Branches | undefined {
  const { subcommand, args } = parseGit(command.argv)
  if (subcommand === 'switch' || subcommand === 'checkout') {
    const { flags, operands } = gitOptions(args, CREATES)
    const created = CREATES.map((flag) => flags.get(flag)).find(Boolean)
    const target = created ?? operands[0]?.text
    if (target === undefined) return undefined
    const known = args.every((word) => word.known) && target !== '-'
    const next = known ? target : undefined
    // `git checkout name` may be a file: then the branch stays.
    return created !== undefined || subcommand === 'switch' ? [next] : [...current, next]
  }
  if (subcommand === 'branch' && args.some((word) => /^-[a-zA-Z]*[mM]|^--move/.test(word.text)))
    return [args.at(-1)?.text]
  return subcommand === 'symbolic-ref' ? [undefined] : undefined
}

/** Branches that a command makes. */
function createdBranches(command: SimpleCommand): Branches {
  const { subcommand, args } = parseGit(command.argv)
  if (subcommand === 'switch' || subcommand === 'checkout') {
    const { flags } = gitOptions(args, CREATES)
    const name = CREATES.map((flag) => flags.get(flag)).find(Boolean)
    return name === undefined ? [] : [knownName(args, name)]
  }
  if (subcommand === 'worktree' && args[0]?.text === 'add') {
    const name = ['b', 'B'].map((flag) => gitOptions(args, ['b', 'B']).flags.get(flag)).find(Boolean)
    return name === undefined ? [] : [knownName(args, name)]
  }
  if (subcommand !== 'branch' || lists(args) || removes(args)) return []
  const { flags, operands } = gitOptions(args, ['u', 'set-upstream-to'])
  const moves = ['m', 'M', 'move', 'c', 'C', 'copy'].some((flag) => flags.has(flag))
  const name = moves ? operands.at(-1) : operands[0]
  return name === undefined || flags.has('u') || flags.has('set-upstream-to') ? [] : [knownName([name], name.text)]
}

function deletedBranches(command: SimpleCommand): Branches {
  const { subcommand, args } = parseGit(command.argv)
  if (subcommand !== 'branch' || !removes(args)) return []
  return gitOptions(args, []).operands.map((operand) => knownName([operand], operand.text))
}

function changesCurrent(command: SimpleCommand): boolean {
  const { subcommand } = parseGit(command.argv)
  return subcommand !== undefined && CHANGES.has(subcommand)
}

function lists(args: readonly Argument[]): boolean {
  return args.some(({ text }) =>
    /^(-[alrv]+|--(list|all|remotes|verbose|show-current|contains|merged|no-merged).*)$/.test(text),
  )
}

function removes(args: readonly Argument[]): boolean {
  return args.some(({ text }) => /^(-[a-zA-Z]*[dD]|--delete)$/.test(text))
}

function knownName(words: readonly Argument[], name: string): string | undefined {
  return words.every((word) => word.known && !word.glob) ? name : undefined
}

function gitOptions(args: readonly Argument[], values: readonly string[]): ReturnType<typeof parseOptions> {
  return parseOptions([{ text: 'git', known: true, glob: false }, ...args], { values })
}
