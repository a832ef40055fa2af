import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gitAnchor, readReceipts } from '../../src/anchors/index.js'
import { verifyLog } from '../../src/index.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { grown } from './logs.js'

const ENV = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--no-optional-locks', '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd,
    encoding: 'utf8',
    env: ENV,
  })
}

function repository(...options: readonly string[]): string {
  const dir = temporary()
  git(dir, 'init', '--quiet', ...options)
  return dir
}

/** A repository in which somebody works: a commit, a staged file, a changed one, and hooks that would say that they ran. */
function inhabited(): { dir: string; ran: string } {
  const dir = repository()
  const ran = join(temporary(), 'ran')
  writeFileSync(join(dir, 'a'), 'a')
  git(dir, 'add', 'a')
  git(dir, 'commit', '--quiet', '-m', 'a')
  writeFileSync(join(dir, 'a'), 'changed')
  writeFileSync(join(dir, 'b'), 'b')
  git(dir, 'add', 'b')
  for (const hook of ['reference-transaction', 'pre-commit', 'post-commit', 'pre-push', 'post-index-change']) {
    writeFileSync(join(dir, '.git', 'hooks', hook), `#!/bin/sh\necho ${hook} >> ${ran}\n`)
    chmodSync(join(dir, '.git', 'hooks', hook), 0o755)
  }
  return { dir, ran }
}

describe('a git anchor refuses', () => {
  it.each(['main', 'refs/../x', 'refs/a b', '--all', 'refs/x.lock', 'refs/loki/', 'refs/x\n'])('the ref %j', (ref) => {
    const make = (): unknown => gitAnchor({ dir: temporary(), repository: '.', ref })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }) as Error)
  })

  it.each(['--upload-pack=x', 'ext::sh -c x', 'ext::sh', 'a b'])('the remote %j', (remote) => {
    const make = (): unknown => gitAnchor({ dir: temporary(), repository: '.', remote })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }) as Error)
  })

  it('a folder without a repository, a branch that is checked out, and a remote that is not there', async () => {
    const dir = temporary()
    const checkpoint = await grown(dir, 3, newOwner().signingKey)
    const nowhere = gitAnchor({ dir, repository: temporary() })
    await expect(nowhere.keep(checkpoint)).rejects.toMatchObject({ code: 'ANCHOR_FAILED' })
    const here = repository('--initial-branch=main')
    git(here, 'commit', '--quiet', '--allow-empty', '-m', 'first')
    const onBranch = gitAnchor({ dir, repository: here, ref: 'refs/heads/main' })
    await expect(onBranch.keep(checkpoint)).rejects.toMatchObject({ code: 'INVALID_SETTING' })
    const pushing = gitAnchor({ dir, repository: here, remote: 'https://me:secret@127.0.0.1:1/x.git' })
    const failure = await pushing.keep(checkpoint).catch((error: unknown) => String(error))
    expect(failure).toContain('expected git push to work')
    expect(failure).not.toContain('secret')
    expect((await readReceipts(dir)).receipts).toEqual([])
  })

  it('an older checkpoint than it has: the log was put back', async () => {
    const dir = temporary()
    const { signingKey } = newOwner()
    const older = await grown(dir, 3, signingKey)
    const newer = await grown(dir, 3, signingKey)
    const anchor = gitAnchor({ dir, repository: repository('--bare') })
    await anchor.keep(newer)
    await expect(anchor.keep(older)).rejects.toMatchObject({ code: 'ANCHOR_CONFLICT' })
  })
})

describe('a git anchor', () => {
  it('commits each checkpoint, and touches neither work tree nor index nor hooks', async () => {
    const dir = temporary()
    const { signingKey, publicKey } = newOwner()
    const { dir: where, ran } = inhabited()
    const before = [
      git(where, 'status', '--porcelain'),
      git(where, 'log', '--all', '--oneline'),
      readFileSync(join(where, '.git', 'index')),
    ]
    const anchor = gitAnchor({ dir, repository: where })
    const notes = [await grown(dir, 3, signingKey)]
    await anchor.keep(notes[0] ?? '')
    notes.push(await grown(dir, 3, signingKey))
    await anchor.keep(notes[1] ?? '')
    const [first, second] = (await readReceipts(dir)).receipts
    const name = `${first?.origin.replace('/', '-') ?? ''}.checkpoint`
    expect([first, second].map((one) => git(where, 'show', `${one?.commit ?? ''}:${name}`))).toEqual(notes)
    expect(git(where, 'rev-list', 'refs/loki/audit').trim().split('\n')).toEqual([second?.commit, first?.commit])
    expect(first?.warning).toContain('not pushed')
    expect(git(where, 'fsck', '--strict')).toBe('')
    expect(existsSync(ran)).toBe(false)
    expect([git(where, 'status', '--porcelain'), git(where, 'log', '--oneline', '--branches')]).toEqual(
      before.slice(0, 2),
    )
    expect(readFileSync(join(where, '.git', 'index'))).toEqual(before[2])
    // The copy is what verify takes as an anchor.
    const copy = join(temporary(), 'checkpoint')
    writeFileSync(copy, git(where, 'show', `refs/loki/audit:${name}`))
    expect(await verifyLog(dir, { publicKey, anchors: [copy] })).toMatchObject({ verdict: 'INTACT' })
  })

  it('leaves whatever else is on its ref, folders and programs too', async () => {
    const dir = temporary()
    const where = repository('--initial-branch=main')
    mkdirSync(join(where, 'folder'))
    writeFileSync(join(where, 'folder', 'x y'), 'x')
    writeFileSync(join(where, 'run'), '#!/bin/sh\n', { mode: 0o755 })
    git(where, 'add', '.')
    git(where, 'commit', '--quiet', '-m', 'others')
    git(where, 'update-ref', 'refs/loki/audit', 'main')
    await gitAnchor({ dir, repository: where }).keep(await grown(dir, 3, newOwner().signingKey))
    const [others, ours] = ['main', 'refs/loki/audit'].map((ref) => git(where, 'ls-tree', '-r', ref).trim().split('\n'))
    expect(ours).toHaveLength(3)
    expect(ours).toEqual(expect.arrayContaining(others ?? []))
  })

  it('works in a bare repository from within a hook, whose variables name another one', async () => {
    const dir = temporary()
    const where = repository('--bare')
    const other = repository('--bare')
    const before = process.env.GIT_DIR
    process.env.GIT_DIR = other
    try {
      await gitAnchor({ dir, repository: where }).keep(await grown(dir, 3, newOwner().signingKey))
    } finally {
      if (before === undefined) delete process.env.GIT_DIR
      else process.env.GIT_DIR = before
    }
    expect(git(where, 'rev-list', '--count', 'refs/loki/audit').trim()).toBe('1')
    expect(git(other, 'for-each-ref')).toBe('')
  })

  it('pushes its ref where a remote is named, and only that', async () => {
    const dir = temporary()
    const { dir: where, ran } = inhabited()
    const remote = repository('--bare')
    const anchor = gitAnchor({ dir, repository: where, remote, ref: 'refs/audit/shop' })
    await anchor.keep(await grown(dir, 3, newOwner().signingKey))
    const [receipt] = (await readReceipts(dir)).receipts
    expect(receipt).toMatchObject({ remote, ref: 'refs/audit/shop' })
    expect(receipt).not.toHaveProperty('warning')
    expect(git(remote, 'for-each-ref', '--format=%(refname) %(objectname)').trim()).toBe(
      `refs/audit/shop ${receipt?.commit ?? ''}`,
    )
    expect(existsSync(ran)).toBe(false)
  })

  it('is shared by logs that anchor at once', async () => {
    const where = repository('--bare')
    const logs: { dir: string; checkpoint: string }[] = []
    for (let count = 1; count <= 4; count++) {
      const dir = temporary()
      logs.push({ dir, checkpoint: await grown(dir, count, newOwner().signingKey) })
    }
    await Promise.all(logs.map(({ dir, checkpoint }) => gitAnchor({ dir, repository: where }).keep(checkpoint)))
    expect(git(where, 'ls-tree', '--name-only', 'refs/loki/audit').trim().split('\n')).toHaveLength(4)
    expect(spawnSync('git', ['rev-list', '--count', 'refs/loki/audit'], { cwd: where, encoding: 'utf8' }).stdout).toBe(
      '4\n',
    )
  })
})
