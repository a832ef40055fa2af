import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { openGuard } from '@loki/guard'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { protectedBranches, type SessionResult } from '../../src/index.js'
import { makeProject, type TestProject } from '../project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject({
    '.gitignore': '/.loki\n/bin\n/remote.git\n',
    '.gitconfig': '[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n',
    'app.js': 'export const port = 1\n',
    'agent.sh': ': > .loki/ran\n. ./act.sh\n',
    'act.sh': ':\n',
  })
  git('add', '--all')
  git('commit', '--quiet', '--message', 'first')
})

afterEach(async () => {
  await project.remove()
})

function git(...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: project.dir }
  return execFileSync('git', ['-C', project.dir, ...args], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

/** A session under branch protection whose agent runs this in ACT. */
async function protectedSession(act: string, env: NodeJS.ProcessEnv = {}): Promise<SessionResult> {
  project.write('agent.sh', `[ $LOKI_PHASE != ACT ] || {\n${act}\n}\n`)
  git('commit', '--quiet', '--all', '--message', 'agent')
  return await start(env)
}

async function start(
  env: NodeJS.ProcessEnv = {},
  more: Parameters<TestProject['start']>[0] = {},
): Promise<SessionResult> {
  return await project.start({
    ...more,
    command: ['bash', 'agent.sh'],
    maxIterations: 1,
    env: { ...project.env, LOKI_BRANCH_PROTECTION: 'true', ...env },
  })
}

const sessionBranch = new RegExp(`^loki/session-\\d{10}-${process.pid}$`)

describe('a branch that cannot be made stops the session before the agent begins', () => {
  const refused = async (reason: string | RegExp): Promise<void> => {
    const result = await start()
    expect(result).toMatchObject({ status: 'failed' })
    expect(result.reason).toMatch(reason)
    expect(existsSync(project.path('.loki/ran'))).toBe(false)
  }

  test('in a folder that is no repository', async () => {
    rmSync(project.path('.git'), { recursive: true })
    await refused(/needs a git repository with a first commit/)
  })

  test('in a repository without a commit', async () => {
    rmSync(project.path('.git'), { recursive: true })
    git('init', '--quiet')
    await refused(/needs a git repository with a first commit/)
  })

  test('on a work tree with changes of a person', async () => {
    project.write('app.js', 'export const port = 2\n')
    project.write('new.js', '')
    await refused(/must be clean, and these are not committed: app\.js, new\.js\. Commit them/)
    expect(git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('work')
  })

  test('where a name is in its way', async () => {
    git('branch', 'loki')
    await refused(/loki\/session-\d+-\d+ could not be made/)
  })

  test('where a hook of the user leads elsewhere', async () => {
    project.write('.git/hooks/post-checkout', '#!/bin/sh\n[ -n "$AGAIN" ] || AGAIN=1 git checkout --quiet work\n')
    chmodSync(project.path('.git/hooks/post-checkout'), 0o755)
    await refused(/was made, and then is not the branch that is checked out/)
  })

  test('and a variable that is no boolean refuses to start', async () => {
    await expect(start({ LOKI_BRANCH_PROTECTION: 'maybe' })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(start({ LOKI_BRANCH_COMMIT: '2' })).rejects.toThrow('LOKI_BRANCH_COMMIT is "2"')
  })
})

describe('what a session must not do fails it, and nothing is delivered', () => {
  test('a commit on the branch that it came from', async () => {
    const result = await protectedSession(
      'own=$(git rev-parse --abbrev-ref HEAD); git checkout -q work; git commit -q --allow-empty -m sly; git checkout -q $own',
    )
    expect(result).toMatchObject({ status: 'failed' })
    expect(result.reason).toMatch(/work was at [0-9a-f]{40} when the session began and is at [0-9a-f]{40}/)
  })

  test('leaving its branch', async () => {
    const result = await protectedSession('git checkout -q -b other')
    expect(result.reason).toContain('and other is checked out at its end')
  })

  test('a secret in a commit, although it is gone from the work tree', async () => {
    const key = ['AKIA', 'Z7Q4M2XK9PLW3TNB'].join('')
    const result = await protectedSession(
      `echo '${key}' > keys; git add keys; git commit -qm one; git rm -q keys; git commit -qm two`,
    )
    expect(result).toMatchObject({ status: 'failed' })
    expect(result.reason).toMatch(/its commits hold what must not be sent: keys:1: aws_access_key_id [0-9a-f]{12}/)
    expect(result.reason).not.toContain(key)
  })

  test('work that a hook of the user does not let be committed', async () => {
    project.write('.git/hooks/commit-msg', '#!/bin/sh\necho no ticket >&2\nexit 1\n')
    project.write('agent.sh', '[ $LOKI_PHASE != ACT ] || echo 1 > made.txt\n')
    git('commit', '--quiet', '--all', '--message', 'agent')
    chmodSync(project.path('.git/hooks/commit-msg'), 0o755)
    const result = await start()
    expect(result).toMatchObject({ status: 'failed' })
    expect(result.reason).toContain('no ticket')
    expect(project.read('made.txt')).toBe('1\n')
  })
})

test('the work is committed on a branch of the session, and the command for the pull request is told', async () => {
  const before = git('rev-parse', 'work')
  const result = await protectedSession('echo 1 > made.txt')
  expect(result.reason).toBeUndefined()
  expect(result).toMatchObject({
    status: 'completed',
    branch: { base: 'work', reason: 'the repository has no remote to send it to' },
  })
  const { name, commit, next = [], from } = result.branch ?? { name: '' }
  expect(name).toMatch(sessionBranch)
  expect(git('rev-parse', '--abbrev-ref', 'HEAD')).toBe(name)
  expect(git('status', '--porcelain')).toBe('')
  expect(commit).toBe(git('rev-parse', 'HEAD'))
  expect([git('rev-parse', 'work'), git('rev-parse', 'HEAD~1')]).toEqual([from, from])
  expect(from).not.toBe(before)
  expect(git('log', '-1', '--format=%s%n%b')).toContain(
    `Make the sum right\n- Make the sum right\n\nSession: ${result.id}`,
  )
  expect(next[0]).toBe(`git push --set-upstream origin HEAD:refs/heads/${name}`)
  expect(next[1]).toMatch(
    /^gh pr create --base work --head loki\/session-\S+ --title 'Make the sum right' --body 'Session: ses-\S+'$/,
  )
  const records = (await project.entries()).filter(({ what }) => what.startsWith('branch.'))
  expect(records.map(({ what }) => what)).toEqual(['branch.created', 'branch.committed'])
})

test('a session that failed leaves its work uncommitted on its branch', async () => {
  const result = await protectedSession('echo 1 > made.txt', { GATE_CUSTOM_NEVER: 'exit 1' })
  expect(result).toMatchObject({ status: 'failed', branch: { base: 'work' } })
  expect(result.branch?.commit).toBeUndefined()
  expect(git('status', '--porcelain')).toBe('?? made.txt')
  expect(git('rev-parse', '--abbrev-ref', 'HEAD')).toMatch(sessionBranch)
})

test('LOKI_BRANCH_COMMIT=false leaves it to a person, and nothing done needs no commit', async () => {
  const left = await protectedSession('echo 1 > made.txt', { LOKI_BRANCH_COMMIT: 'false' })
  expect(left).toMatchObject({
    status: 'completed',
    branch: { reason: 'the work is not committed, as LOKI_BRANCH_COMMIT asks for' },
  })
  expect(git('status', '--porcelain')).toBe('?? made.txt')
  rmSync(project.path('made.txt'))
  git('checkout', '-q', 'work')
  git('branch', '-q', '-D', left.branch?.name ?? '')
  const idle = await protectedSession('echo idle >/dev/null')
  expect(idle).toMatchObject({ status: 'completed', branch: { reason: 'nothing was changed' } })
})

describe('with gh and a remote', () => {
  const gh = (script: string): NodeJS.ProcessEnv => {
    execFileSync('git', ['init', '--quiet', '--bare', project.path('remote.git')])
    git('remote', 'add', 'origin', project.path('remote.git'))
    project.write('bin/gh', `#!/bin/sh\nprintf '%s\\n' "$*" >> ${project.path('.loki/gh.log')}\n${script}\n`)
    chmodSync(project.path('bin/gh'), 0o755)
    return { PATH: `${project.path('bin')}:${process.env.PATH ?? ''}` }
  }
  const url = 'https://git.example/shop/pull/7'

  // The guard of the test project denies every push.
  const lenient = (): Parameters<TestProject['start']>[0] => {
    const { dir, audit, events } = project
    return {
      guard: openGuard({ projectDir: dir, env: { PATH: process.env.PATH, HOME: dir }, audit, events, enabled: true }),
    }
  }
  const work = (): void => {
    project.write('agent.sh', '[ $LOKI_PHASE != ACT ] || echo 1 > made.txt\n')
    git('commit', '--quiet', '--all', '--message', 'agent')
  }

  test('a guard that denies the push has the last word', async () => {
    const result = await protectedSession('echo 1 > made.txt', gh(`echo ${url}`))
    expect(result.branch?.reason).toContain('it was not let be sent')
    expect(result.branch?.next).toHaveLength(2)
    expect(existsSync(project.path('.loki/gh.log'))).toBe(false)
  })
  test('that is not signed in, the commands are told and nothing is sent', async () => {
    work()
    const result = await start(gh('echo "not logged in" >&2; exit 1'), lenient())
    expect(result).toMatchObject({ status: 'completed' })
    expect(result.branch?.reason).toContain('the pull request could not be opened: gh auth: not logged in')
    expect(git('ls-remote', 'origin')).toBe('')
  })

  test('the branch is pushed and its pull request opened, and nothing else is', async () => {
    work()
    const result = await start(gh(`[ "$1" = auth ] || echo ${url}`), lenient())
    const { name = '', commit, pullRequest, next } = result.branch ?? {}
    expect([pullRequest, next]).toEqual([url, undefined])
    expect(git('ls-remote', 'origin')).toBe(`${commit ?? ''}\trefs/heads/${name}`)
    expect(project.read('.loki/gh.log')).toContain(
      `pr create --base work --head ${name} --title Make the sum right --body`,
    )
    const [opened] = (await project.entries()).filter(({ what }) => what === 'branch.pull_request')
    expect(opened?.metadata).toMatchObject({ branch: name, url })
  })

  test('a pre-push hook of the user that refuses is obeyed', async () => {
    work()
    project.write('.git/hooks/pre-push', '#!/bin/sh\necho not today >&2\nexit 1\n')
    chmodSync(project.path('.git/hooks/pre-push'), 0o755)
    const result = await start(gh(`[ "$1" = auth ] || echo ${url}`), lenient())
    expect(result.branch?.reason).toContain('not today')
    expect(git('ls-remote', 'origin')).toBe('')
  })
})

test('the branches that people keep for themselves are those by custom and the one that is checked out', async () => {
  const { dir, env } = project
  await expect(protectedBranches(dir, env)).resolves.toEqual([])
  const names = ['main', 'master', 'trunk', 'production', 'release/*', 'work']
  await expect(protectedBranches(dir, { ...env, LOKI_BRANCH_PROTECTION: 'yes' })).resolves.toEqual(names)
})
