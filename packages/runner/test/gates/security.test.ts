import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionProgress, SessionResult } from '../../src/index.js'
import { makeProject, type TestProject } from '../project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject({ '.gitignore': 'local/\n', 'app.js': 'export const port = 1\n' })
})

afterEach(async () => {
  await project.remove()
})

// Put together here, so that no scanner takes this file for a leak.
const key = ['AKIA', 'Z7Q4M2XK9PLW3TNB'].join('')

function git(...args: string[]): void {
  execFileSync('git', ['-C', project.dir, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args])
}

/** A session whose agent runs this once, in ACT. */
async function after(script: string, env: NodeJS.ProcessEnv = {}): Promise<SessionResult> {
  project.write('agent.sh', `[ $LOKI_PHASE != ACT ] || {\n${script}\n}\n`)
  return await project.start({
    command: ['bash', 'agent.sh'],
    maxIterations: 1,
    env: { ...project.env, ...env },
  })
}

type Gate = Extract<SessionProgress, { kind: 'gate' }>

function scanned(): Gate | undefined {
  return project.progress.findLast((step): step is Gate => step.kind === 'gate' && step.gate === 'security-scan')
}

describe('a secret that the session adds fails it', () => {
  test.each<[string, string]>([
    ['in a new file', `echo 'const id = "${key}"' > keys.js`],
    ['in a new line of an old file', `echo 'const id = "${key}"' >> app.js`],
    [
      'committed at once',
      `echo 'const id = "${key}"' > keys.js; git add keys.js; git -c user.name=A -c user.email=a@b.c commit -qm x`,
    ],
    ['in an ignored file that git was made to take', `mkdir local; echo '${key}' > local/a; git add -f local/a`],
    [
      'in a file with attributes that hide it',
      `echo '*.js -diff filter=gone' > .gitattributes; echo '${key}' > keys.js`,
    ],
    ['in UTF-16', `printf '%s' '${key}' | iconv -t UTF-16LE > keys.txt`],
    ['in a file with a name of more than one word', `echo '${key}' > 'my "new" keys.js'`],
    [
      'after what looks like the head of a file',
      `printf -- '--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n${key}\\n' > keys.patch`,
    ],
  ])('%s', async (_name, script) => {
    git('add', 'app.js', '.gitignore')
    git('commit', '-qm', 'first')
    const result = await after(script)
    expect(result).toMatchObject({ status: 'failed', tasks: [{ gates: { 'security-scan': 'failed' } }] })
    expect(scanned()?.output).toMatch(/:\d+: aws_access_key_id [0-9a-f]{12}$/)
    expect(JSON.stringify([result, project.progress, await project.entries()])).not.toContain(key)
  })

  test('in a project without git', async () => {
    rmSync(project.path('.git'), { recursive: true })
    await expect(after(`echo '${key}' > keys.js`)).resolves.toMatchObject({ status: 'failed' })
  })

  test('although the index was told to look away', async () => {
    git('add', 'app.js')
    git('commit', '-qm', 'first')
    const result = await after(`git update-index --assume-unchanged app.js; echo '${key}' >> app.js`)
    expect(result.reason).toContain('1 secret in the new lines')
    expect(scanned()?.output).toContain('app.js:2: aws_access_key_id')
  })
})

test('a scan that cannot be run has failed', async () => {
  const result = await after(
    'mkdir nested; git init --quiet nested; rm -rf "$LOKI_GUARD_SOCKET"; rm -rf "$(dirname "$LOKI_GUARD_SOCKET")/snapshots.git/objects"',
  )
  expect(result).toMatchObject({ status: 'failed', tasks: [{ gates: { 'security-scan': 'failed' } }] })
  expect(result.reason).toContain('the security scan could not be run')
})

describe('what passes', () => {
  test('a secret that was there before, or went', async () => {
    project.write('old.js', `${key}\n`)
    project.write('gone.js', `${key}\n`)
    await expect(after('echo "export const b = 1" >> old.js; rm gone.js')).resolves.toMatchObject({
      status: 'completed',
    })
    expect(scanned()).toMatchObject({ outcome: 'passed', figures: { secrets: 0, changed_files: 1, new_lines: 1 } })
    expect(scanned()?.reason).toBe('security scan: no secret in 1 new line of 1 file; gitleaks is not installed')
  })

  test('an ignored file, which is no part of the work', async () => {
    await expect(after(`mkdir local; echo '${key}' > local/a`)).resolves.toMatchObject({ status: 'completed' })
  })

  test('personal data, told and counted', async () => {
    await expect(after('echo "ada.lovelace@analytical-engine.org" > people.txt')).resolves.toMatchObject({
      status: 'completed',
    })
    expect(scanned()).toMatchObject({ figures: { personal_data: 1 } })
    expect(scanned()?.reason).toContain('1 piece of personal data')
  })

  test('a finding that a person lets stay, by its fingerprint', async () => {
    await after(`echo '${key}' > keys.js`)
    const [fingerprint = ''] = /[0-9a-f]{12}$/.exec(scanned()?.output ?? '') ?? []
    rmSync(project.path('keys.js'))
    const result = await after(`echo '${key}' > keys.js`, { GATE_SECURITY_ALLOW: fingerprint })
    expect(result.status).toBe('completed')
  })
})

describe('the scanner of others, where it is installed', () => {
  const scanner = (script: string): NodeJS.ProcessEnv => {
    project.write('.loki/bin/gitleaks', `#!/bin/sh\n${script}\n`)
    chmodSync(project.path('.loki/bin/gitleaks'), 0o755)
    return { PATH: `${project.path('.loki/bin')}:${process.env.PATH ?? ''}` }
  }

  test('is given the new lines, and what it finds fails the session', async () => {
    const env = scanner('grep -q "exit-code" <<A || exit 9\n$*\nA\ngrep -q "port = 2" && exit 3; exit 0')
    await expect(after('echo "export const port = 2" > app.js', env)).resolves.toMatchObject({ status: 'failed' })
    expect(scanned()?.reason).toContain('gitleaks found secrets')
    await expect(after('echo "export const port = 3" > app.js', env)).resolves.toMatchObject({ status: 'completed' })
    expect(scanned()?.reason).toContain('with gitleaks')
  })

  test('has failed where it broke', async () => {
    await expect(after('true', scanner('exit 1'))).resolves.toMatchObject({ status: 'failed' })
    expect(scanned()?.reason).toContain('gitleaks could not be run: exit code 1')
  })

  test('and what asks a server is named as left out', async () => {
    project.write('package-lock.json', '{}')
    await after('true')
    expect(scanned()?.reason).toContain('npm audit needs the network and was not run')
  })
})
