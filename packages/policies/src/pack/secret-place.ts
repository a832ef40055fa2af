import { globMatcher } from '../paths/glob.js'
import type { Script } from './rule.js'
import { type Place, placesOf } from './paths.js'

const STORES = [
  '\\.ssh(?:/(?![^/]*\\.pub$|known_hosts|config|authorized_keys)|$)',
  '\\.aws(?:/(?:credentials|sso|cli)|$)',
  '\\.(?:netrc|_netrc|git-credentials|pgpass|my\\.cnf|npmrc|pypirc|vault-token|boto|s3cfg)$',
  '\\.(?:gnupg|password-store|azure|mozilla|thunderbird)(?:/(?![^/]*\\.conf$)|$)',
  '\\.kube/config$',
  '\\.docker/config\\.json$',
  '\\.config/(?:gcloud|gh/hosts|hub$|op/|google-chrome|chromium|bravesoftware|doctl|rclone)',
  '\\.local/share/(?:keyrings|kwalletd)',
  'Library/(?:Keychains|Application Support/(?:Google/Chrome|Firefox|BraveSoftware))',
  '\\.cargo/credentials',
  '\\.terraform\\.d/credentials',
  '\\.claude/\\.credentials',
  '\\.codex/auth\\.json',
  '\\.env(?:\\.(?!example|sample|template|dist|test)[\\w-]+)?$',
].join('|')
const SECRET = new RegExp(
  `/(?:${STORES})|^(?:/private)?/etc/(?:g?shadow-?$|sudoers|ssh/ssh_host_\\w+_key$|master\\.passwd)|^/proc/[^/]+/(?:environ|mem)$`,
  'i',
)
// Files of a project that hold secrets: to read them is work, to send them away is not.
const OWN =
  /(?:^|\/)\.env(?:\.(?!example|sample|template|dist)[\w-]+)?$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx)$|(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$|(?:^|\/)(?:certs?|secrets|private)\/|(?:^|\/)(?:credentials|secrets)(?:\.(?:json|ya?ml|toml|ini))?$/i
const NAMES = [
  '.ssh/id_rsa',
  '.ssh/id_ed25519',
  '.aws/credentials',
  '.netrc',
  '.git-credentials',
  '.kube/config',
  '.env',
]

/** Programs that look at a file's name or state and not at what it holds. */
const LOOKS = new Set(['ls', 'stat', 'file', 'tree', 'du', 'readlink', 'realpath', 'touch', 'mkdir', 'chmod', 'chown'])
/** Programs whose words are files that they read, beside those whose reads the analysis knows. */
const READERS = new Set([
  ...[
    'tar',
    'zip',
    '7z',
    'gzip',
    'bzip2',
    'xz',
    'zstd',
    'openssl',
    'gpg',
    'awk',
    'gawk',
    'jq',
    'yq',
    'vim',
    'vi',
    'view',
  ],
  ...[
    'nano',
    'emacs',
    'ed',
    'paste',
    'column',
    'rev',
    'fold',
    'fmt',
    'pr',
    'python',
    'python3',
    'node',
    'ruby',
    'perl',
  ],
  ...['source', '.', 'curl', 'wget', 'http', 'nc', 'ncat', 'netcat', 'socat', 'scp', 'sftp', 'rsync', 'rclone', 'php'],
  ...[
    'aws',
    'gsutil',
    'cpio',
    'pax',
    'sqlite3',
    'egrep',
    'fgrep',
    'zcat',
    'batcat',
    'busybox',
    'join',
    'comm',
    'expand',
  ],
])
const CODE = /\.ssh\/id_\w+|\.aws\/credentials|\/etc\/shadow|\.git-credentials|\.netrc|\.gnupg\/|\.kube\/config/

/** True where a path outside the project is a place where secrets are kept. */
export function isSecretStore(path: string): boolean {
  return SECRET.test(path)
}

/** A file with secrets that the script reads, as it is written; outside the project unless `own`. */
export function secretRead(script: Script, { own }: { own: boolean }): string | undefined {
  for (const place of placesOf(script)) {
    const { use } = place
    if (use.access !== 'read' && use.access !== 'move') continue
    if (!LOOKS.has(use.program) && holds(place.path, place, own)) return use.text
    if (use.glob && !LOOKS.has(use.program) && mayHold(place, script.facts.home)) return use.text
  }
  for (const { program, command, words } of script.invocations) {
    if (!READERS.has(program) || command.remote) continue
    for (const [index, word] of words.entries()) {
      if (/^(-i|--key|--cert|--kubeconfig|--identity)$/.test(words[index - 1] ?? '')) continue
      const path = fileIn(word)
      if (path === '') continue
      const cwd = command.cwds?.[0] ?? script.facts.input.cwd
      const absolute = path.startsWith('/') ? path : `${cwd}/${path.replace(/^~\//, `${script.facts.home}/`)}`
      const inProject = absolute.startsWith(`${script.facts.input.projectDir}/`)
      if (SECRET.test(absolute) && !inProject) return word
      if (own && (OWN.test(path) || SECRET.test(absolute))) return word
      if (/[\s(]/.test(word) && CODE.test(word)) return word.length > 80 ? `${word.slice(0, 79)}…` : word
    }
  }
  return undefined
}

function holds(path: string, { inProject }: Place, own: boolean): boolean {
  if (own && (OWN.test(path) || SECRET.test(path))) return true
  return !inProject && SECRET.test(path)
}

function mayHold({ path, inProject }: Place, home: string): boolean {
  if (inProject || !path.startsWith('/')) return false
  const matches = globMatcher(path.replace(/\[[^\]]*\]/g, '?'))
  // The shell's wildcards do not cross a slash; with as many slashes on both sides they need not.
  const depth = path.split('/').length
  const candidates = [...NAMES.map((name) => `${home}/${name}`), '/etc/shadow']
  return candidates.some(
    (name) =>
      name.split('/').length === depth && matches(name) && !(path.endsWith('/*') && name.includes('/.', home.length)),
  )
}

// `@file`, `name=@file`, `--flag=file`, `-Tfile`.
function fileIn(word: string): string {
  if (word.includes('\n') || word.length > 512) return CODE.test(word) ? word : ''
  return word
    .replace(/^--?[\w-]*=|^-[TdF]/, '')
    .replace(/^[\w-]*=?[@<]/, '')
    .replace(/[;,].*$/, '')
}
