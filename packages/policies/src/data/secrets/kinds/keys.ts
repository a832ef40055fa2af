import { holdsJson, isBech32, isNkeySeed } from '../checksum.js'
import { BASE64, field, longToken, type SecretKind, token } from '../kind.js'

const USER_AND_PASSWORD = '["\']?[^\\s:"\'$<{]{1,100}:([^\\s"\'$<{]{6,200})'

// PEM without its end is a key too: a scan may see the first part only. Line ends may be escaped, lines quoted and joined.
// What follows the label must begin as a key does, before more is looked at: programs name the label as well.
const KEY_BEGINS = '(?=(?:\\s|\\\\[nr]?|["\'`+,.()[\\]#*>|]){1,80}(?:[A-Z][A-Za-z-]{2,20}: |[A-Za-z0-9+/=]{16}))'
const KEY_BODY = '(?:(?!-----END)[\\s\\S]){0,20000}(?:-----END [A-Za-z0-9 ]{0,40}-----)?'
const OTHER_LABEL = '(?!(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|SSH2 ENCRYPTED|PGP) )(?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY'

function pem(kind: string, label: string, keyword = label): SecretKind {
  return {
    kind,
    keywords: [`-----BEGIN ${keyword}`],
    pattern: new RegExp(`-----BEGIN ${label}-----${KEY_BEGINS}${KEY_BODY}`, 'y'),
    inside: true,
  }
}

/** Private keys, signed tokens, hashes of passwords, and the headers that carry them. */
export const keyKinds = (): readonly SecretKind[] => [
  pem('rsa_private_key', 'RSA PRIVATE KEY'),
  pem('ec_private_key', 'EC PRIVATE KEY'),
  pem('dsa_private_key', 'DSA PRIVATE KEY'),
  pem('openssh_private_key', 'OPENSSH PRIVATE KEY'),
  pem('ssh2_private_key', 'SSH2 ENCRYPTED PRIVATE KEY'),
  pem('private_key', OTHER_LABEL, ''),
  pem('encrypted_private_key', 'ENCRYPTED PRIVATE KEY'),
  pem('pgp_private_key', 'PGP PRIVATE KEY BLOCK'),
  pem('openvpn_static_key', 'OpenVPN Static key V1'),
  {
    kind: 'base64_private_key',
    // `-----BEGIN ` in base64, in each of the three places it can have in a group of three bytes.
    keywords: ['LS0tLS1CRUdJTi', '0tLS0tQkVHSU4g', 'tLS0tLUJFR0lO'],
    pattern:
      /(?:LS0tLS1CRUdJTi|0tLS0tQkVHSU4g|tLS0tLUJFR0lO)[A-Za-z0-9+/]{40,20000}(?:(?:\r?\n|\\n)[ \t]{0,20}[A-Za-z0-9+/]{4,200}){0,300}={0,2}/y,
    inside: true,
    holds: (value) => decodeStart(value).includes('PRIVATE KEY'),
  },
  {
    kind: 'putty_private_key',
    keywords: ['PuTTY-User-Key-File-'],
    pattern:
      /PuTTY-User-Key-File-\d: [\w-]{3,30}(?:\r?\n(?:[A-Z][\w-]{2,20}: [^\n]{0,200}|[A-Za-z0-9+/=]{1,80}(?=\s))){0,400}/y,
    inside: true,
  },
  token('age_secret_key', 'AGE-SECRET-KEY-1', '[02-9AC-HJ-NP-Z]{58}', { checksum: isBech32 }),
  longToken(
    'age_plugin_key',
    ['AGE-PLUGIN-YUBIKEY-1', 'AGE-PLUGIN-TPM-1', 'AGE-PLUGIN-SE-1'],
    '[02-9AC-HJ-NP-Z]{20,400}',
  ),
  token('nats_seed', ['SU', 'SA', 'SO', 'SN', 'SC'], '[A-Z2-7]{56}', { entropy: 4.2, checksum: isNkeySeed }),
  token('minisign_secret_key', 'RWRTY0Iy', `${BASE64}{200,204}={0,2}`),
  field('wireguard_key', 'PrivateKey = ', `${BASE64}{42}[AEIMQUYcgkosw048]=`),
  field('wireguard_preshared_key', 'PresharedKey = ', `${BASE64}{43}=`),
  {
    kind: 'jwk_private_key',
    keywords: ['"d":', '"d" :'],
    pattern: /"d" ?: ?"([A-Za-z0-9_-]{43,700})"/y,
    inside: true,
    entropy: 4,
  },
  {
    kind: 'jwt',
    keywords: ['eyJ'],
    pattern: /(?<![\w-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,1500}/y,
    entropy: 3,
  },
  {
    kind: 'jwe',
    keywords: ['eyJ'],
    pattern:
      /(?<![\w-])eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{0,1500}\.[A-Za-z0-9_-]{10,40}\.[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{20,24}(?![A-Za-z0-9_-])/y,
    entropy: 3,
    holds: (value) => holdsJson(value.slice(0, value.indexOf('.')), 'enc'),
  },
  field('bearer_token', 'Bearer ', '[A-Za-z0-9_~+/.%-]{12,2000}={0,2}', { entropy: 3.3, holds: isToken }),
  field('basic_credentials', 'Basic ', `${BASE64}{12,400}={0,2}`, { entropy: 3, holds: isUserAndPassword }),
  token('bcrypt_hash', ['$2a$', '$2b$', '$2y$'], '\\d{2}\\$[./A-Za-z0-9]{53}'),
  token(
    'crypt_hash',
    ['$1$', '$5$', '$6$', '$apr1$', '$8$', '$9$', '$y$', '$7$'],
    '(?:rounds=\\d{1,9}\\$|[./A-Za-z0-9]{1,8}\\$(?=[./A-Za-z0-9]{1,90}\\$))?[./A-Za-z0-9]{2,90}\\$[./A-Za-z0-9]{22,86}',
  ),
  token(
    'argon2_hash',
    ['$argon2id$', '$argon2i$', '$argon2d$'],
    'v=\\d{1,3}\\$m=\\d{1,9},t=\\d{1,5},p=\\d{1,4}\\$[A-Za-z0-9+/]{8,90}\\$[A-Za-z0-9+/]{16,200}',
  ),
  token(
    'pbkdf2_hash',
    ['pbkdf2_sha256$', 'pbkdf2_sha512$', '$pbkdf2-sha256$', '$pbkdf2-sha512$'],
    '\\d{1,8}\\$[A-Za-z0-9+/.]{6,60}\\$[A-Za-z0-9+/.]{20,120}={0,2}',
  ),
  longToken('kerberos_hash', ['$krb5asrep$', '$krb5tgs$', '$krb5pa$'], `\\d{1,2}\\$[^\\s"']{32,6000}`),
  field('ntlm_response', 'TlRMTVNTUAAD', `AAAA${BASE64}{56,2000}={0,2}`),
  {
    kind: 'curl_credentials',
    keywords: ['curl '],
    pattern:
      /curl [^\n|;]{0,400}?(?<= )(?:-u|--user|-U|--proxy-user)[ =]?["']?[^\s:"'$<{/]{1,100}:([^\s"'$<{/][^\s"'$<{]{5,200})/y,
    entropy: 2.5,
    holds: (value) => /[A-Za-z]/.test(value) && /[^A-Za-z]/.test(value),
  },
  field('curl_credentials', 'CURLOPT_USERPWD,', ` ?${USER_AND_PASSWORD}`, { entropy: 2.5 }),
  field('dotnet_credentials', 'NetworkCredential(', ' ?"[^"\\n]{0,80}" ?, ?"([^"\\s]{6,120})', {
    entropy: 2.8,
    after: '"',
  }),
  field('powershell_secure_string', 'ConvertTo-SecureString ', '["\']([^"\'$\\s]{6,200})', {
    entropy: 2.5,
    after: '["\']',
  }),
  field('sql_password', 'IDENTIFIED BY ', '[\'"]?([^\\s\'";\\\\$<{]{6,120})', {
    entropy: 2.5,
    after: '',
    holds: (value) => /\d/.test(value),
  }),
  token('django_secret_key', 'django-insecure-', '[A-Za-z0-9!@#$%^&*(_=+)-]{40,60}'),
  token('laravel_app_key', 'base64:', `${BASE64}{43}=`, { entropy: 4 }),
  token('bitcoin_private_key', ['xprv', 'yprv', 'zprv'], `[1-9A-HJ-NP-Za-km-z]{107}`),
  {
    kind: 'netrc_password',
    keywords: ['machine '],
    pattern: /machine [\w.-]{3,100}\s{1,8}login [^\s]{1,80}\s{1,8}password ([^\s]{4,120})/y,
    inside: true,
    entropy: 1.5,
  },
]

function decodeStart(base64: string): string {
  const lead = base64.startsWith('LS0t') ? '' : base64.startsWith('0tLS') ? 'LS' : 'L'
  return Buffer.from(lead + base64.slice(0, 80), 'base64').toString('latin1')
}

// A word after `Bearer` in a sentence is no token: a token has digits, or small and capital letters mixed, or points.
function isToken(value: string): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value)
}

function isUserAndPassword(value: string): boolean {
  return /^[\x20-\x7e]{1,100}:[\x20-\x7e]{3,200}$/.test(Buffer.from(value, 'base64').toString('latin1'))
}
