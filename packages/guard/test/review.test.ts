import { afterEach, expect, test } from 'vitest'
import type { AuditLog } from '@loki/audit'
import { command, makeProject } from './project.js'
import type { Project } from './project.js'

const TOKEN = ['ghp', 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY1zA3'].join('_')
const PII = 'policies:\n  data:\n    - name: no-pii\n      type: pii_detection\n      action: deny\n'

const projects: Project[] = []
afterEach(async () => {
  await Promise.all(projects.splice(0).map((made) => made.remove()))
})
function project(...args: Parameters<typeof makeProject>): Project {
  const made = makeProject(...args)
  projects.push(made)
  return made
}

test('an output without findings is clean, and nothing is recorded', async () => {
  const p = project()
  expect(await p.guard.reviewOutput(command(p, 'ls'), ['a.txt', '', 'b.txt'])).toEqual({ kind: 'clean' })
  expect(await p.guard.reviewOutput(command(p, 'true'), [])).toEqual({ kind: 'clean' })
  expect(await p.entries()).toEqual([])
})

test('a secret in an output is replaced by its kind and fingerprint, and recorded without its value', async () => {
  const p = project()
  const review = await p.guard.reviewOutput(command(p, 'cat .env'), ['ok', `A=1\nTOKEN=${TOKEN}\n`, TOKEN])
  expect(review).toMatchObject({ kind: 'redacted', texts: ['ok', expect.any(String), expect.any(String)] })
  if (review.kind !== 'redacted') return
  expect(review.texts[1]).toMatch(/^A=1\nTOKEN=\[github[a-z_]*:[0-9a-f]{12}\]\n$/)
  expect(review.texts[2]).toMatch(/^\[github[a-z_]*:[0-9a-f]{12}\]$/)
  const entries = await p.entries()
  expect(entries).toHaveLength(1)
  expect(entries[0]).toMatchObject({
    what: 'output.redacted',
    metadata: {
      tool: 'Bash',
      findings_count: 2,
      findings: [{ kind: review.found[0]?.kind, fingerprint: review.found[0]?.fingerprint, category: 'secret' }, {}],
    },
  })
  expect(JSON.stringify(entries)).not.toContain(TOKEN)
})

test('a secret that is spread over the lines of a result is found in each of them', async () => {
  const p = project()
  const key = Buffer.alloc(240, 'private key material').toString('base64')
  const lines = ['-----BEGIN PRIVATE KEY-----', ...(key.match(/.{1,64}/g) ?? []), '-----END PRIVATE KEY-----']
  const review = await p.guard.reviewOutput(command(p, 'git diff'), ['before', ...lines, 'after'])
  expect(review.kind).toBe('redacted')
  if (review.kind !== 'redacted') return
  expect(review.texts).toHaveLength(lines.length + 2)
  expect(review.texts[0]).toBe('before')
  expect(review.texts.at(-1)).toBe('after')
  for (const line of lines.slice(1, -1)) expect(review.texts.join('\n')).not.toContain(line)
})

test('policy decides what is looked for', async () => {
  const open = project()
  const mail = 'write to jane.doe@corporation.org'
  expect(await open.guard.reviewOutput(command(open, 'cat a'), [mail])).toEqual({ kind: 'clean' })
  const closed = project({ policies: PII })
  expect(await closed.guard.reviewOutput(command(closed, 'cat a'), [mail])).toMatchObject({
    kind: 'redacted',
    texts: [expect.stringMatching(/^write to \[email:[0-9a-f]{4,12}\]$/)],
    found: [{ category: 'pii', rule: 'no-pii' }],
  })
  const warned = project({ policies: PII.replace('deny', 'warn') })
  expect(await warned.guard.reviewOutput(command(warned, 'cat a'), [mail])).toEqual({ kind: 'clean' })
})

test('an output is withheld where it cannot be checked or recorded', async () => {
  const broken = project({ policies: 'policies: [' })
  expect(await broken.guard.reviewOutput(command(broken, 'ls'), ['x'])).toMatchObject({
    kind: 'withheld',
    reason: expect.stringContaining('policy cannot be used') as string,
  })
  const long = project()
  expect(await long.guard.reviewOutput(command(long, 'ls'), ['x'.repeat(9 * 1024 * 1024)])).toMatchObject({
    kind: 'withheld',
  })
  const unrecorded = project({ audit: failing() })
  expect(await unrecorded.guard.reviewOutput(command(unrecorded, 'cat .env'), [TOKEN])).toMatchObject({
    kind: 'withheld',
    reason: expect.stringContaining('disk full') as string,
  })
})

test('a prompt with a secret is refused with its kind, and recorded without its value; others leave no record', async () => {
  const p = project()
  const prompt = (content: string): Parameters<typeof p.guard.checkPrompt>[0] => ({
    ...command(p, ''),
    kind: 'model_call',
    tool: 'prompt',
    content,
  })
  expect(await p.guard.checkPrompt(prompt('write a poem'))).toMatchObject({ decision: 'ALLOW' })
  expect(await p.entries()).toEqual([])
  const verdict = await p.guard.checkPrompt(prompt(`use ${TOKEN} for the API`))
  expect(verdict).toMatchObject({ decision: 'DENY', reason: expect.stringContaining('github') as string, seq: 0 })
  expect(verdict.reason).not.toContain(TOKEN)
  const entries = await p.entries()
  expect(entries).toMatchObject([{ what: 'prompt.refused', metadata: { kind: 'model_call', findings_count: 1 } }])
  expect(JSON.stringify(entries)).not.toContain(TOKEN)
})

test('a prompt is refused where it cannot be checked or the refusal cannot be recorded', async () => {
  const broken = project({ policies: 'policies: [' })
  const at = (p: Project, content: string): Parameters<typeof p.guard.checkPrompt>[0] => ({
    ...command(p, ''),
    kind: 'model_call',
    content,
  })
  expect(await broken.guard.checkPrompt(at(broken, 'hello'))).toMatchObject({ decision: 'DENY' })
  const unrecorded = project({ audit: failing() })
  expect(await unrecorded.guard.checkPrompt(at(unrecorded, TOKEN))).toMatchObject({ decision: 'DENY' })
})

/** A log whose disk is full. */
function failing(): AuditLog {
  return {
    enabled: true,
    dir: '/nowhere',
    record: () => Promise.reject(new Error('disk full')),
    close: () => Promise.resolve(),
  } as unknown as AuditLog // the process's edge: a log that fails is all that is asked of it
}
