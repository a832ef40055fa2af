import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownerKey, recordPersonal, verifyProof } from '../../src/index.js'
import { bundleReport, generateReport } from '../../src/compliance/index.js'
import type { ReportBundle } from '../../src/compliance/index.js'
import { linesOf, openLog, temporary, writeLines } from '../folder.js'
import { cleanSession, decided, MARCH, START, write } from './record.js'

const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout
const hasOpenssl = /^OpenSSL ([3-9]|\d\d)/.test(openssl)
if (!hasOpenssl) console.warn(`verify.sh is not tested: it needs openssl 3, and this is ${openssl || 'none'}`)

/** A signed log, and the public key that its owner would hand to an auditor. */
async function signedLog(): Promise<{ dir: string; publicKey: string }> {
  const dir = temporary()
  const keyDir = join(temporary(), 'keys')
  const many = Array.from({ length: 20 }, (_, index) => decided(10 + index, { decision: 'ALLOW', digest: `d${index}` }))
  await write(dir, [...cleanSession(), ...many], { checkpoints: true, keyDir })
  return { dir, publicKey: ownerKey({ keyDir })?.vkey ?? '' }
}

/** Unpacks with the system's tar, as an auditor would, and gives the folder. */
function unpacked({ archive, name }: ReportBundle): string {
  const dir = temporary()
  writeFileSync(join(dir, 'bundle.tar.gz'), archive)
  execFileSync('tar', ['-xzf', 'bundle.tar.gz'], { cwd: dir })
  expect(readdirSync(dir).sort()).toEqual(['bundle.tar.gz', name].sort())
  return join(dir, name)
}

function verify(folder: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('sh', [join(folder, 'verify.sh'), ...args], {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env.PATH },
  })
}

/** Gives a changed file the digest that SHA256SUMS asks for, as whoever changes it would. */
function mend(folder: string, name: string): void {
  const sums = join(folder, 'SHA256SUMS')
  const digest = createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex')
  const lines = readFileSync(sums, 'utf8').split('\n')
  writeFileSync(sums, lines.map((line) => (line.endsWith(`  ${name}`) ? `${digest}  ${name}` : line)).join('\n'))
}

describe('a report', () => {
  it('holds a proof of every entry that it shows, where the log is signed', async () => {
    const { dir, publicKey } = await signedLog()
    const { proofs } = await generateReport('soc2', { log: dir, ...MARCH, verify: { publicKey } })
    expect(proofs.gap).toBeNull()
    expect(proofs.entries.length).toBeGreaterThan(8)
    const lines = linesOf(dir)
    for (const { seq, proof } of proofs.entries) {
      expect(verifyProof(proof, { publicKey, entry: lines[seq] }).entry.seq).toBe(seq)
    }
  })

  it('says why an entry is not proven', async () => {
    const { dir } = await signedLog()
    const made = async (options: object = {}): Promise<string | null> =>
      (await generateReport('soc2', { log: dir, ...MARCH, ...options })).proofs.gap
    expect(await made({ proofTimeoutMs: -1 })).toMatch(/the time for proving \(-1 ms\) was over/)
    const log = openLog(dir, { now: () => new Date(START + 60 * 60_000) })
    await log.record({ who: 'cli:alice', what: 'session.stopped', metadata: { session: 's' } })
    await log.close()
    expect(await made()).toMatch(/1 of the entries shown are not signed yet/)
    writeLines(dir, linesOf(dir).toSpliced(3, 1))
    expect(await made()).toMatch(/does not verify/)
  })
})

describe.runIf(hasOpenssl)('verify.sh', () => {
  it('says that nothing is proven where the log is unsigned', async () => {
    const dir = temporary()
    await write(dir, cleanSession())
    const bundle = await bundleReport('soc2', { log: dir, ...MARCH })
    const folder = unpacked(bundle)
    expect(existsSync(join(folder, 'owner.vkey'))).toBe(false)
    const { status, stderr } = verify(folder)
    expect(stderr).toMatch(/FAILED: there are no proofs/)
    expect(status).toBe(1)
  })

  it('fails for another key, a changed file, and everything that a forger would mend', async () => {
    const { dir, publicKey } = await signedLog()
    const other = await signedLog()
    const bundle = await bundleReport('soc2', { log: dir, ...MARCH, verify: { publicKey } })
    const good = unpacked(bundle)
    expect(verify(good, other.publicKey).stderr).toMatch(/FAILED: the checkpoint is not endorsed by this owner/)

    const shown = readdirSync(join(good, 'proofs')).map((name) => Number.parseInt(name, 10))
    const [seq = -1, next = -1] = shown.sort((a, b) => a - b)
    const proof = `proofs/${seq}.tlog-proof`
    const text = readFileSync(join(good, proof), 'utf8')
    const lines = text.split('\n')
    const changes: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
      [
        'a file',
        (folder) => {
          writeFileSync(join(folder, 'report.html'), 'x')
        },
        /report\.html is not what/,
      ],
      [
        'an entry',
        (folder) => {
          const file = join(folder, 'entries.jsonl')
          writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"timestamp":"2026', '"timestamp":"2025'))
          mend(folder, 'entries.jsonl')
        },
        /entry \d+ is not in entries\.jsonl/,
      ],
      [
        'the entry in a proof',
        (folder) => {
          const line = Buffer.from((lines[1] ?? '').slice('extra '.length), 'base64')
            .toString()
            .replace('"timestamp":"2026', '"timestamp":"2025')
          writeFileSync(
            join(folder, proof),
            text.replace(lines[1] ?? '', `extra ${Buffer.from(line).toString('base64')}`),
          )
          mend(folder, proof)
        },
        /the hash of entry \d+ is not that of its content/,
      ],
      [
        'the index of a proof',
        (folder) => {
          writeFileSync(join(folder, proof), text.replace(`index ${seq}`, `index ${next}`))
          mend(folder, proof)
        },
        /is the proof of entry \d+/,
      ],
      [
        'the proof of another entry',
        (folder) => {
          copyFileSync(join(folder, `proofs/${next}.tlog-proof`), join(folder, proof))
          mend(folder, proof)
        },
        /is the proof of entry \d+/,
      ],
      [
        'a hash of a proof',
        (folder) => {
          writeFileSync(join(folder, proof), text.replace(lines[3] ?? '', Buffer.alloc(32).toString('base64')))
          mend(folder, proof)
        },
        /entry \d+ is not in the log that was signed/,
      ],
      [
        'a hash less',
        (folder) => {
          writeFileSync(join(folder, proof), text.replace(`${lines[3] ?? ''}\n`, ''))
          mend(folder, proof)
        },
        /entry \d+ is not in the log|too long/,
      ],
      [
        'the size of the log',
        (folder) => {
          writeFileSync(join(folder, proof), text.replace('\n28\n', '\n29\n'))
          mend(folder, proof)
        },
        /the checkpoint is not signed by the session key/,
      ],
      [
        'a checkpoint of another log',
        (folder) => {
          const foreign = readFileSync(join(other.dir, 'checkpoint'), 'utf8')
          writeFileSync(join(folder, proof), text.slice(0, text.indexOf('\n\n') + 2) + foreign)
          mend(folder, proof)
        },
        /the checkpoint is not endorsed by this owner/,
      ],
    ]
    for (const [name, change, message] of changes) {
      const folder = unpacked(bundle)
      change(folder)
      const { status, stderr } = verify(folder, publicKey)
      expect(stderr, name).toMatch(message)
      expect(status, name).toBe(1)
      rmSync(folder, { recursive: true })
    }
  }, 60_000)

  it('proves every entry with openssl alone', async () => {
    const { dir, publicKey } = await signedLog()
    const folder = unpacked(await bundleReport('nist-800-53', { log: dir, ...MARCH, verify: { publicKey } }))
    const { status, stdout, stderr } = verify(folder, publicKey)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/ok {2}every file is what SHA256SUMS says\nok {2}the log loki-audit\/\w+ had 28 entries/)
    const shown = readdirSync(join(folder, 'proofs')).length
    expect(stdout).toContain(`ok  ${shown} of ${shown} entries shown are in the log that was signed`)
    expect(status).toBe(0)
    expect(verify(folder).stderr).toMatch(/NOTE {2}the key is that of this folder/)
  }, 30_000)

  it('finds the endorsement of its owner among those of others', async () => {
    const { dir, publicKey } = await signedLog()
    const other = await signedLog()
    const bundle = await bundleReport('soc2', { log: dir, ...MARCH, verify: { publicKey } })
    const folder = unpacked(bundle)
    const foreign = readFileSync(join(other.dir, 'checkpoint'), 'utf8').split('\n')
    const line = foreign.find((text) => text.includes(' loki-audit-owner ')) ?? ''
    for (const { name } of bundle.files.filter((file) => file.name.startsWith('proofs/'))) {
      const text = readFileSync(join(folder, name), 'utf8')
      writeFileSync(join(folder, name), text.replace(/\n— loki-audit-owner /, `\n${line}$&`))
      mend(folder, name)
    }
    expect(verify(folder, publicKey)).toMatchObject({ status: 0, stderr: '' })
  }, 30_000)

  it('proves what is signed and says how much is not', async () => {
    const { dir, publicKey } = await signedLog()
    const log = openLog(dir, { now: () => new Date(START + 60 * 60_000) })
    await log.record({ who: 'cli:alice', what: 'session.stopped', metadata: { session: 's' } })
    await log.close()
    const bundle = await bundleReport('soc2', { log: dir, ...MARCH, verify: { publicKey } })
    const folder = unpacked(bundle)
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/1 of the entries shown are not signed yet/)
    const { status, stderr } = verify(folder, publicKey)
    expect(stderr).toMatch(/NOTE {2}1 entries shown are not proven/)
    expect(status).toBe(0)
  }, 30_000)
})

describe('a bundle', () => {
  it('is the same bytes for the same log and the same clock', async () => {
    const { dir } = await signedLog()
    const once = await bundleReport('gdpr', { log: dir, ...MARCH })
    const again = await bundleReport('gdpr', { log: dir, ...MARCH })
    expect(again.archive.equals(once.archive)).toBe(true)
    expect(once.name).toBe('loki-gdpr-20260301-20260401')
  })

  it('holds the lines of the log as they are, and no personal payload', async () => {
    const { dir } = await signedLog()
    const log = openLog(dir, { now: () => new Date(START + 60 * 60_000) })
    await recordPersonal(log, { who: 'cli:alice', what: 'note.taken' }, { name: 'Carol' })
    await log.close()
    const bundle = await bundleReport('gdpr', { log: dir, ...MARCH })
    const folder = unpacked(bundle)
    const lines = new Set(linesOf(dir))
    for (const line of readFileSync(join(folder, 'entries.jsonl'), 'utf8').trimEnd().split('\n')) {
      expect(lines.has(line)).toBe(true)
    }
    const all = bundle.files.map(({ name }) => readFileSync(join(folder, name), 'utf8')).join('')
    expect(all).not.toContain('Carol')
    expect(all).not.toContain('PRIVATE KEY')
    expect(statSync(join(folder, 'verify.sh')).mode & 0o777).toBe(0o755)
    for (const { name, sha256 } of bundle.files) {
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ).toBe(sha256)
    }
  })

  it('of a log that does not verify says so, and proves nothing', async () => {
    const { dir } = await signedLog()
    writeLines(dir, linesOf(dir).toSpliced(3, 1))
    const bundle = await bundleReport('soc2', { log: dir, ...MARCH })
    const folder = unpacked(bundle)
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/THE LOG DOES NOT VERIFY/)
    expect(existsSync(join(folder, 'proofs'))).toBe(false)
  })
})
