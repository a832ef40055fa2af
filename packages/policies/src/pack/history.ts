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
      const { has, operands } = gitOptions(git, ['b', 'B', 'c', 'C', 'orphan', 'pathspec-from-file', 'conflict'])
      if (has('f', 'force', 'discard-changes'))
        return `git ${git.subcommand ?? ''} with force would throw away changes that are in its way`
      if (git.subcommand === 'switch' || has('b', 'B', 'orphan')) return undefined
      const at = git.args.findIndex((word) => word.text === '--')
      const paths = at >= 0 && at < git.args.length - 1
      const everything = operands.some(({ text }) => /^(\.|\.\/|:\/|\*)$/.test(text))
      // With two words the second is a file: a branch stands alone.
      const files = operands.length > 1 && !has('t', 'track', 'detach', 'd')
      return paths || everything || files || has('p', 'patch') || shortens(git.args, 'pathspec-from-file', 9)
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
      const { has, operands } = gitOptions(git, [
        's',
        'source',
        'U',
        'inter-hunk-context',
        'unified',
        'conflict',
        'pathspec-from-file',
      ])
      if (has('help', 'h') || (has('S', 'staged') && !has('W', 'worktree'))) return undefined
      return operands.length > 0 || has('pathspec-from-file', 'p', 'patch')
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
    verbs: ['stash', 'branch', 'worktree', 'tag', 'submodule', 'lfs'],
    when: ({ git }) => {
      const { has, operands } = gitOptions(git)
      const verb = operands[0]?.text
      if (git.subcommand === 'stash')
        return verb === 'drop' || verb === 'clear' ? `git stash ${verb} would lose stashed work` : undefined
      if (git.subcommand === 'worktree')
        return verb === 'remove' && has('f', 'force')
          ? 'git worktree remove --force would lose the changes of that work tree'
          : undefined
      if (git.subcommand === 'tag') return has('d', 'delete') ? 'git tag would delete a tag' : undefined
      if (git.subcommand === 'submodule')
        return verb === 'deinit' && has('f', 'force')
          ? 'git submodule deinit --force would lose the changes of that work tree'
          : undefined
      if (git.subcommand === 'lfs')
        return verb === 'prune' && has('f', 'force')
          ? 'git lfs prune --force would lose files that nobody has pushed'
          : undefined
      return has('D') || (has('d', 'delete') && has('f', 'force'))
        ? 'git branch would delete a branch even where its commits are in no other'
        : undefined
    },
    examples: {
      deny: [
        'git stash drop',
        'git stash clear',
        'git branch -D topic',
        'git worktree remove --force ../w',
        'git tag -d v1',
      ],
      allow: [
        'git stash',
        'git tag v1',
        'git stash pop',
        'git branch -d topic',
        'git branch',
        'git worktree remove ../w',
      ],
    },
  }),
  git({
    name: 'history.remove',
    title: 'git rm with force',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'leave -f out: git rm then keeps files with changes that are not committed',
    verbs: ['rm'],
    when: ({ git }) => {
      const { has } = gitOptions(git)
      return has('f', 'force') && !has('cached', 'n', 'dry-run')
        ? 'git rm with force would remove files together with changes that are not committed'
        : undefined
    },
    examples: {
      deny: ['git rm -rf .', 'git rm --force a.txt'],
      allow: ['git rm a.txt', 'git rm -r --cached dist', 'git rm -rf --dry-run .'],
    },
  }),
  {
    name: 'history.other',
    title: 'other version control: purge, revert and strip',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'commit or shelve first, then it can be undone',
    programs: ['hg', 'svn', 'jj', 'sl', 'fossil', 'bzr'],
    command: (one) => {
      const verb = one.plain[0] ?? ''
      const found: Readonly<Record<string, boolean>> = {
        hg:
          /^(?:purge|clean|strip|rollback)$/.test(verb) ||
          (/^(?:update|up|checkout|co|revert)$/.test(verb) && one.has('C', 'clean', 'a', 'all')),
        svn: verb === 'revert' || (verb === 'cleanup' && one.has('remove-unversioned')) || verb === 'delete',
        jj: /^(?:abandon|restore)$/.test(verb) || one.runs('op', 'abandon'),
        sl: /^(?:purge|clean|hide)$/.test(verb) || (verb === 'goto' && one.has('C', 'clean')),
        fossil: /^(?:revert|clean|scrub|purge)$/.test(verb),
        bzr: /^(?:revert|clean-tree|uncommit)$/.test(verb),
      }
      return found[one.program] === true && !one.has('help', 'n', 'dry-run')
        ? `${one.program} ${verb} would throw work away that nothing keeps`
        : undefined
    },
    examples: {
      deny: ['hg purge --all', 'svn revert -R .', 'hg update -C', 'jj abandon'],
      allow: ['hg status', 'svn update', 'hg update tip', 'jj log'],
    },
  },
  git({
    name: 'history.abort',
    title: 'git merge --abort and its like, which throw away what was resolved',
    severity: 'medium',
    level: 'standard',
    action: 'require_approval',
    suggest: 'finish the merge, or commit what is resolved on a branch of its own first',
    verbs: ['merge', 'rebase', 'cherry-pick', 'revert', 'am'],
    when: ({ git }) => {
      const { has } = gitOptions(git, ['m', 's', 'X', 'F', 'onto', 'x', 'exec'])
      return has('abort') || (has('quit', 'skip') && git.subcommand === 'am')
        ? `git ${git.subcommand ?? ''} --abort would throw away what has been resolved since it began`
        : undefined
    },
    examples: {
      deny: ['git merge --abort', 'git rebase --abort', 'git cherry-pick --abort'],
      allow: ['git merge topic', 'git rebase main', 'git rebase --continue', 'git cherry-pick abc'],
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
        gc:
          git.args.some((word) => /^--prune=(now|all|0)/.test(word.text)) ||
          /^(now|all|0|never\.0)/.test(git.settings.get('gc.pruneexpire') ?? ''),
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
        'git -c gc.pruneExpire=now gc',
      ],
      allow: ['git reflog', 'git gc', 'git update-ref refs/heads/x HEAD', 'git reflog show main'],
    },
  }),
]
