import { generateKeyPairSync } from 'node:crypto'
import { hex, lower, made, type Sample, upper } from './make.js'

function pem(kind: string, label: string, body = made(64)): Sample {
  return [
    kind,
    `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`,
    `-----BEGIN ${label}-----\n***\n-----END ${label}-----`,
  ]
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

/** Bech32 as BIP 173 describes it, written here a second time. */
function withBech32Checksum(prefix: string, values: readonly number[]): string {
  const polymod = (input: readonly number[]): number => {
    let sum = 1n
    for (const value of input) {
      const top = sum >> 25n
      sum = ((sum & 0x1ffffffn) << 5n) ^ BigInt(value)
      for (const [bit, part] of [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n].entries())
        if (((top >> BigInt(bit)) & 1n) === 1n) sum ^= part
    }
    return Number(sum)
  }
  const codes = Array.from(prefix).map((char) => char.charCodeAt(0))
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
  const sum = polymod([...expanded, ...values, 0, 0, 0, 0, 0, 0]) ^ 1
  const check = [25, 20, 15, 10, 5, 0].map((shift) => (sum >> shift) & 31)
  return `${prefix}1${[...values, ...check].map((value) => BECH32.charAt(value)).join('')}`.toUpperCase()
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const generated = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** Keys, signed tokens, hashes and headers. */
export const KEY_SAMPLES: readonly Sample[] = [
  pem('rsa_private_key', 'RSA PRIVATE KEY'),
  pem('ec_private_key', 'EC PRIVATE KEY'),
  pem('dsa_private_key', 'DSA PRIVATE KEY'),
  pem('openssh_private_key', 'OPENSSH PRIVATE KEY'),
  pem('ssh2_private_key', 'SSH2 ENCRYPTED PRIVATE KEY'),
  pem('private_key', 'PRIVATE KEY'),
  ['private_key', generated.privateKey.trim(), generated.publicKey],
  pem('encrypted_private_key', 'ENCRYPTED PRIVATE KEY'),
  pem('rsa_private_key', 'RSA PRIVATE KEY', `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${hex(32)}\n\n${made(64)}`),
  pem('pgp_private_key', 'PGP PRIVATE KEY BLOCK', `\n${made(64)}`),
  [
    'openvpn_static_key',
    `-----BEGIN OpenVPN Static key V1-----\n${hex(32)}\n-----END OpenVPN Static key V1-----`,
    '-----BEGIN OpenVPN Static key V1-----',
  ],
  [
    'base64_private_key',
    Buffer.from(generated.privateKey).toString('base64').replace(/=+$/, ''),
    Buffer.from(generated.publicKey).toString('base64'),
  ],
  ['putty_private_key', 'PuTTY-User-Key-File-3: ssh-ed25519', 'PuTTY-User-Key-File-3'],
  [
    'age_secret_key',
    withBech32Checksum(
      'age-secret-key-',
      Array.from({ length: 52 }, (_, index) => (index * 11) % 32),
    ),
  ],
  // One value throughout: only its checksum makes it a key.
  [
    'age_secret_key',
    withBech32Checksum('age-secret-key-', new Array<number>(52).fill(0)),
    `AGE-SECRET-KEY-1${'Q'.repeat(58)}`,
  ],
  ['age_plugin_key', `AGE-PLUGIN-YUBIKEY-1${made(20, '023456789ACDEFGHJKLMNPQRSTUVWXYZ')}`],
  ['nats_seed', `SU${upper(56)}`],
  ['minisign_secret_key', `RWRTY0Iy${made(200)}`],
  ['wireguard_key', `PrivateKey = ${made(42)}A=`],
  ['wireguard_preshared_key', `PresharedKey = ${made(43)}=`],
  ['jwk_private_key', `{"kty":"EC","crv":"P-256","d":"${made(43)}"}`, `{"d":"${made(20)}"}`],
  [
    'jwt',
    `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: 'ann', iat: 1 })}.${made(43)}`,
    `${base64url({ alg: 'none' })}.e30.`,
  ],
  [
    'jwe',
    `${base64url({ alg: 'dir', enc: 'A256GCM' })}..${made(16)}.${made(40)}.${made(22)}`,
    `${base64url({ alg: 'dir' })}..${made(16)}.${made(40)}.${made(22)}`,
  ],
  ['bearer_token', `authorization: Bearer ${made(20)}`, 'the Bearer authentication scheme'],
  [
    'basic_credentials',
    `authorization: Basic ${Buffer.from(`ann:${made(12)}`).toString('base64')}`,
    `authorization: Basic ${made(20)}`,
  ],
  ['bcrypt_hash', `$2b$12$${made(53)}`],
  ['crypt_hash', `$6$${made(8)}$${made(86)}`, `$6$${made(8)}$${made(12)}`],
  [
    'argon2_hash',
    `$argon2id$v=19$m=65536,t=3,p=4$${made(22)}$${made(43)}`,
    `$argon2id$v=19$m=65536,t=3,p=4$${made(22)}`,
  ],
  ['pbkdf2_hash', `pbkdf2_sha256$600000$${made(22)}$${made(43)}=`, `pbkdf2_sha256$600000$${made(22)}`],
  ['kerberos_hash', `$krb5tgs$23$*ann$ACME.ORG$host*$${hex(32)}$${hex(64)}`, '$krb5tgs$23$'],
  ['ntlm_response', `TlRMTVNTUAADAAAA${made(56)}`],
  ['curl_credentials', `curl -u ann:${made(10)} https://example.org`, 'docker run -u node:node app'],
  ['curl_credentials', `curl --user ann:${made(10)} https://example.org`, 'docker run --user 1000:1000 app'],
  [
    'curl_credentials',
    `curl_easy_setopt(c, CURLOPT_USERPWD, "ann:${made(10)}")`,
    'curl_easy_setopt(c, CURLOPT_USERPWD, userpwd)',
  ],
  ['dotnet_credentials', `new NetworkCredential("ann", "${made(12)}")`, 'new NetworkCredential(user, password)'],
  [
    'powershell_secure_string',
    `ConvertTo-SecureString "${made(12)}" -AsPlainText -Force`,
    'ConvertTo-SecureString $Plain -AsPlainText',
  ],
  ['sql_password', `CREATE USER ann IDENTIFIED BY '${made(10)}'`, 'CREATE USER ann IDENTIFIED BY PASSWORD'],
  ['django_secret_key', `django-insecure-${made(50)}`, `django-insecure-${made(30)}`],
  ['laravel_app_key', `base64:${made(43)}=`],
  ['bitcoin_private_key', `xprv${made(107)}`],
  ['azure_function_key', `${lower(44)}AzFu${made(6)}==`, `${lower(44)}AzFu`],
]
