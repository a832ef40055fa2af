import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporary } from '../folder.js'

export const hasOpenssl: boolean = spawnSync('openssl', ['version']).status === 0

const CONFIG = `
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
[tsa_config]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
`

/** A timestamp authority of openssl: a folder with its certificates, and what it replies to a query. */
export class TimestampAuthority {
  readonly dir: string = temporary()
  /** The certificate that a verifier trusts. */
  readonly ca: string = join(this.dir, 'ca.pem')

  constructor() {
    writeFileSync(join(this.dir, 'openssl.cnf'), CONFIG)
    writeFileSync(join(this.dir, 'serial'), '1000\n')
    this.#certificate('ca', ['-x509', '-extensions', 'ca'])
    this.#certificate('tsa', ['-x509', '-extensions', 'tsa', '-CA', 'ca.pem', '-CAkey', 'ca.key'])
  }

  reply(query: Buffer): Buffer {
    writeFileSync(join(this.dir, 'query.tsq'), query)
    const args = ['-queryfile', 'query.tsq', '-config', 'openssl.cnf', '-section', 'tsa_config']
    this.openssl('ts', '-reply', ...args, '-signer', 'tsa.pem', '-inkey', 'tsa.key', '-out', 'reply.tsr')
    return readFileSync(join(this.dir, 'reply.tsr'))
  }

  openssl(...args: readonly string[]): string {
    const options = {
      cwd: this.dir,
      encoding: 'utf8' as const,
      stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[],
    }
    return execFileSync('openssl', args, options)
  }

  #certificate(name: string, extra: readonly string[]): void {
    // openssl ts of version 3.0 signs with RSA and EC keys only.
    const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`]
    const more = ['-subj', `/CN=${name}`, '-days', '2', '-set_serial', '1', ...extra]
    this.openssl('req', '-config', 'openssl.cnf', ...key, ...more)
  }
}
