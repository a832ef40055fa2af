import { gitOptions, type Invocation, shortens } from './invocation.js'
import type { PackRule } from './rule.js'

const LOST = 'commit or stash first (git stash push -u), then it can be undone'

const git = (
  rule: Omit<PackRule, 'programs' | 'command'> & {
    readonly verbs: readonly string[]
    readonly when: (invocation: Invocation) => string | undefined
  },
): PackRule => {
  const { verbs, when, ...rest } = rule
  return {
    ...rest,
    programs: ['git'],
    command: (invocation) => (verbs.includes(invocation.git.subcommand ?? '') ? when(invocation) : undefined),
  }
}

/** Work and history of a repository that cannot be brought back. */
export const HISTORY: readonly PackRule[] = [
  git({
    name: 'history.reset',
    title: 'git reset that throws uncommitted work away',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: LOST,
    verbs: ['reset'],
    when: ({ git }) =>
      shortens(git.args, 'hard', 1) || shortens(git.args, 'merge', 2)
        ? 'git reset would throw away every uncommitted change of the work tree'
        : undefined,
    examples: {
      deny: ['git reset --hard', 'git -C sub reset --hard HEAD~2', 'git reset --har', 'git reset --merge'],
      allow: ['git reset', 'git reset --soft HEAD~1', 'git reset HEAD file.txt', 'git log --grep "reset --hard"'],
    },
  }),
  git({
    name: 'history.clean',
    title: 'git clean with force',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'look first with git clean -n, then remove the files by name',
    verbs: ['clean'],
    when: ({ git }) => {
      const { has } = gitOptions(git, ['e', 'exclude'])
      return (has('f') || shortens(git.args, 'force', 1)) && !has('n', 'dry-run')
        ? 'git clean would remove files that git does not keep, for good'
        : undefined
    },
    examples: {
      deny: ['git clean -fdx', 'git clean --force', 'git clean -d -f'],
      allow: ['git clean -n', 'git clean -nfd', 'git clean --dry-run -f'],
    },
  }),
  git({
    name: 'history.checkout',
    title: 'git checkout that overwrites files or the branch',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: LOST,
    verbs: ['checkout', 'switch'],
    when: ({ git }) => {
      const { has, operands } = gitOptions(git, ['b', 'c', 'orphan', 'pathspec-from-file'])
      if (has('f', 'force', 'discard-changes', 'B', 'C', 'force-create'))
        return `git ${git.subcommand ?? ''} with force would throw away changes that are in its way`
      if (git.subcommand === 'switch' || has('b', 'orphan', 'p', 'patch')) return undefined
      const at = git.args.findIndex((word) => word.text === '--')
      const paths = at >= 0 && at < git.args.length - 1
      const everything = operands.some(({ text }) => /^(\.|\.\/|:\/|\*)$/.test(text))
      // With two words the second is a file: a branch stands alone.
      const files = operands.length > 1 && !has('t', 'track', 'detach', 'd')
      return paths || everything || files || shortens(git.args, 'pathspec-from-file', 9)
        ? 'git checkout would overwrite files with what git has, without a copy of their changes'
        : undefined
    },
    examples: {
      deny: [
        'git checkout -- .',
        'git checkout HEAD -- file.txt',
        'git checkout main a.txt',
        'git checkout .',
        'git switch -f main',
      ],
      allow: ['git checkout main', 'git checkout -b feature', 'git checkout --orphan x', 'git switch -c topic'],
    },
  }),
  git({
    name: 'history.restore',
    title: 'git restore of the work tree',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: LOST,
    verbs: ['restore'],
    when: ({ git }) => {
      const { has, operands } = gitOptions(git, ['s', 'source', 'U'])
      if (has('help', 'h') || (has('S', 'staged') && !has('W', 'worktree'))) return undefined
      return operands.length > 0 || has('pathspec-from-file')
        ? 'git restore would overwrite files with what git has, without a copy of their changes'
        : undefined
    },
    examples: {
      deny: ['git restore file.txt', 'git restore --source=HEAD~1 .', 'git restore --staged --worktree a'],
      allow: ['git restore --staged file.txt', 'git restore --help'],
    },
  }),
  git({
    name: 'history.drop',
    title: 'dropping stashes, unmerged branches, forced worktrees',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'keep it, or delete with the safe form (git branch -d, git worktree remove) once it is merged',
    verbs: ['stash', 'branch', 'worktree'],
    when: ({ git }) => {
      const { has, operands } = gitOptions(git)
      const verb = operands[0]?.text
      if (git.subcommand === 'stash')
        return verb === 'drop' || verb === 'clear' ? `git stash ${verb} would lose stashed work` : undefined
      if (git.subcommand === 'worktree')
        return verb === 'remove' && has('f', 'force')
          ? 'git worktree remove --force would lose the changes of that work tree'
          : undefined
      return has('D') || (has('d', 'delete') && has('f', 'force'))
        ? 'git branch would delete a branch even where its commits are in no other'
        : undefined
    },
    examples: {
      deny: ['git stash drop', 'git stash clear', 'git branch -D topic', 'git worktree remove --force ../w'],
      allow: ['git stash', 'git stash pop', 'git branch -d topic', 'git branch', 'git worktree remove ../w'],
    },
  }),
  git({
    name: 'history.erase',
    title: 'rewriting or erasing what git would keep',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'leave the history as it is; mend a mistake with git revert',
    verbs: ['reflog', 'filter-branch', 'filter-repo', 'update-ref', 'gc', 'prune'],
    when: ({ git }) => {
      const { has, operands } = gitOptions(git)
      const verb = operands[0]?.text ?? ''
      const found: Readonly<Record<string, boolean>> = {
        reflog: (verb === 'expire' || verb === 'delete') && !has('n', 'dry-run'),
        'filter-branch': true,
        'filter-repo': !has('analyze', 'dry-run', 'help'),
        'update-ref': has('d', 'stdin'),
        gc: git.args.some((word) => /^--prune=(now|all|0)/.test(word.text)),
        prune: !has('n', 'dry-run'),
      }
      return found[git.subcommand ?? ''] === true
        ? `git ${git.subcommand ?? ''} would rewrite the history or erase what could bring lost commits back`
        : undefined
    },
    examples: {
      deny: [
        'git reflog expire --expire=now --all',
        'git filter-branch --tree-filter true HEAD',
        'git update-ref -d refs/heads/x',
        'git gc --prune=now',
      ],
      allow: ['git reflog', 'git gc', 'git update-ref refs/heads/x HEAD', 'git reflog show main'],
    },
  }),
]
