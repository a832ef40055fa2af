import { globMatcher } from '../paths/glob.js'
import { isWithin } from '../paths/identity.js'
import type { Script } from './rule.js'
import { type Place, placesOf } from './paths.js'

const STORES = [
  '\\.ssh(?:/(?![^/]*\\.pub$|known_hosts|config|authorized_keys)|$)',
  '\\.aws(?:/(?:credentials|sso|cli)|$)',
  '\\.(?:oci|aliyun|bluemix|tencentcloud)(?:/|$)',
  '\\.(?:netrc|_netrc|git-credentials|pgpass|my\\.cnf|mylogin\\.cnf|npmrc|pypirc|vault-token|boto|s3cfg|databrickscfg|dockercfg|htpasswd|terraformrc|Xauthority)$',
  '\\.(?:gnupg|password-store|azure|mozilla|thunderbird|electrum|bitcoin|ethereum/keystore|minikube/profiles)(?:/(?![^/]*\\.conf$)|$)',
  '\\.kube/(?:config$|cache)',
  '\\.docker/config\\.json$',
  '\\.config/(?:gcloud|gh/hosts|glab-cli|hub$|op/|google-chrome|chromium|bravesoftware|doctl|rclone|heroku|sops|composer/auth|configstore|Bitwarden|1Password|flyctl|stripe|netlify|vercel|anthropic|openai|github-copilot)',
  '\\.local/share/(?:keyrings|kwalletd|com\\.vercel|opencode/auth)',
  'Library/(?:Keychains|Cookies|Application Support/(?:Google/Chrome|Firefox|BraveSoftware|Bitwarden|com\\.vercel))',
  '\\.(?:cargo|gem)/credentials',
  '\\.terraform\\.d/credentials',
  '\\.(?:m2/settings(?:-security)?\\.xml|gradle/gradle\\.properties|nuget/nuget\\.config|composer/auth\\.json|pulumi/credentials\\.json|fly/config\\.yml|snowsql/config|kaggle/kaggle\\.json)$',
  '\\.(?:cache/)?huggingface/(?:stored_)?tokens?$',
  '\\.(?:bash|zsh|sh|python|psql|mysql|node_repl|rediscli|sqlite)_history$',
  '\\.claude/\\.credentials',
  '\\.codex/auth\\.json',
  '\\.gemini/(?:oauth_creds|google_accounts)',
  '(?:key4\\.db|logins\\.json|cookies\\.sqlite|Login Data|wallet\\.dat)$',
  'id_(?:rsa|dsa|ecdsa|ed25519)$',
  '\\.env(?:\\.(?!example|sample|template|dist|test)[\\w-]+)?$',
].join('|')
const SYSTEM_STORES = [
  'etc/(?:g?shadow-?$|sudoers|ssh/ssh_host_\\w+_key$|master\\.passwd|ssl/private/|letsencrypt/(?:live|archive|keys)/|wireguard/|openvpn/|krb5\\.keytab|kubernetes/[\\w-]+\\.conf$|rancher/|security/opasswd|NetworkManager/system-connections/)',
  '(?:var/)?run/secrets(?:/|$)',
  'var/lib/(?:kubelet/pki|etcd|docker/volumes)',
].join('|')
const SECRET = new RegExp(`/(?:${STORES})|^(?:/private)?/(?:${SYSTEM_STORES})|^/proc/[^/]+/(?:environ|mem)$`, 'i')
// Files of a project that hold secrets: to read them is work, to send them away is not.
const OWN =
  /(?:^|\/)\.env(?:\.(?!example|sample|template|dist)[\w-]+)?$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx)$|(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$|(?:^|\/)(?:certs?|secrets|private|\.ssh|\.aws|\.gnupg)(?:\/|$)|(?:^|\/)(?:credentials|secrets)(?:\.(?:json|ya?ml|toml|ini))?$/i
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
/** Programs that look into everything below a folder. */
const SEARCHES = new Set(['grep', 'egrep', 'rg', 'ag', 'ack', 'tar', 'zip', 'rsync', 'scp'])
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
const CODE =
  /\bid_(?:rsa|dsa|ecdsa|ed25519)\b(?!\.pub)|\.ssh\/id_\w+|\.aws\/credentials|\/etc\/shadow|\.git-credentials|\.netrc|\.gnupg\/|\.kube\/config/

// Reading them shows what only the running program should know.
const PROJECT_SECRET =
  /(?:^|\/)(?:\.env(?:\.(?!example|sample|template|dist|test|schema|defaults?)[\w-]+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.npmrc|\.pypirc|\.netrc|\.git-credentials|\.pgpass)$/i
// Programs that pass a file on without showing it.
const PASSES = new Set([
  'source',
  '.',
  'docker',
  'git',
  'ssh',
  'ssh-add',
  'ssh-keygen',
  'chmod',
  'chown',
  'find',
  'dotenv',
  'node',
])

/** A file of the project itself with secrets that a command would show. */
export function ownSecretShown(script: Script): string | undefined {
  for (const { use, path, inProject } of placesOf(script)) {
    if (!inProject || use.access !== 'read' || use.glob || LOOKS.has(use.program) || PASSES.has(use.program)) continue
    const copied = /^(cp|ln|rsync|install|link)$/.test(use.program)
    if (PROJECT_SECRET.test(path) && !(copied && path.includes('.env'))) return use.text
  }
  for (const { program, words, git } of script.invocations) {
    if (program === 'git' && /^(show|cat-file|diff|log|blame|grep|archive)$/.test(git.subcommand ?? '')) {
      const word = git.args.find(({ text }) => PROJECT_SECRET.test(text.replace(/^[^:]*:/, '')))
      if (
        word !== undefined &&
        (git.subcommand === 'show' || git.subcommand === 'cat-file' || git.subcommand === 'blame')
      )
        return word.text
    }
    if (!SHOWS.test(program)) continue
    const word = words.find((one) => PROJECT_SECRET.test(one.replace(/^--[\w-]+=/, '')) && !one.startsWith('/'))
    if (word !== undefined) return word
  }
  return undefined
}

const SHOWS =
  /^(g?awk|jq|yq|vim?|nvim|view|nano|emacs|ed|paste|column|rev|fold|fmt|pr|egrep|fgrep|zcat|bat|batcat|join|comm|expand|gzip|openssl|xxd|dd)$/

/** A search of the home folder, or of all there is, which finds the secrets that are kept there. */
export function homeSearched(script: Script): string | undefined {
  const found = placesOf(script).find(
    ({ use, path, inProject }) =>
      use.access === 'read' && !inProject && SEARCHES.has(use.program) && isWithin(script.facts.home, path),
  )
  return found?.use.text
}

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
    const hidden = command.argv.find((word) => !word.known && word.text.includes('$(') && CODE.test(word.text))
    if (hidden !== undefined) return hidden.text
    if (!READERS.has(program) || command.remote) continue
    if (program === 'tar' && words.includes('--no-recursion')) continue
    for (const [index, word] of words.entries()) {
      if (/^(-i|--key|--cert|--kubeconfig|--identity)$/.test(words[index - 1] ?? '')) continue
      const path = fileIn(word)
      if (path === '') continue
      const cwd = folderOf(words, script.facts.home) ?? command.cwds?.[0] ?? script.facts.input.cwd
      const absolute = path.startsWith('/') ? path : `${cwd}/${path.replace(/^~\//, `${script.facts.home}/`)}`
      const inProject = absolute.startsWith(`${script.facts.input.projectDir}/`)
      // A word with blanks is a script or options for another program, and no path.
      const spaced = /\s/.test(path)
      if (!spaced && SECRET.test(absolute) && !inProject) return word
      if (own && !spaced && (OWN.test(path) || SECRET.test(absolute))) return word
      if (/[\s(]/.test(word) && CODE.test(word)) return word.length > 80 ? `${word.slice(0, 79)}…` : word
    }
  }
  return undefined
}

// `tar -C folder`: its words begin there.
function folderOf(words: readonly string[], home: string): string | undefined {
  const at = words.findIndex((word) => word === '-C' || word === '--directory')
  const folder = at < 0 ? undefined : words[at + 1]
  return folder === '~' ? home : folder?.startsWith('/') === true ? folder : undefined
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
