import type { Invocation } from './invocation.js'
import type { PackRule } from './rule.js'

/** Secrets that a service gives out to whoever asks. */
export const ISSUED: PackRule = {
  name: 'secrets.issued',
  title: 'printing a token or secret that a service gives out (gh auth token, aws secretsmanager get-secret-value ...)',
  severity: 'high',
  level: 'standard',
  action: 'require_approval',
  suggest: 'let the tool that needs it ask for it by itself',
  programs: [
    'gh',
    'glab',
    'aws',
    'gcloud',
    'az',
    'kubectl',
    'oc',
    'vault',
    'op',
    'doppler',
    'pass',
    'gopass',
    'bw',
    'heroku',
    'git',
    'fly',
    'flyctl',
    'lpass',
    'chamber',
    'sops',
    'age',
    'ansible-vault',
  ],
  command: (one) => {
    const { program, plain, words } = one
    if (one.has('help')) return undefined
    const [noun = '', verb = ''] = plain
    const yields: Readonly<Record<string, boolean>> = {
      gh: noun === 'auth' && (verb === 'token' || (verb === 'status' && one.has('t', 'show-token'))),
      glab: noun === 'auth' && one.has('t', 'show-token'),
      aws:
        (noun === 'configure' && verb === 'export-credentials') ||
        (noun === 'secretsmanager' && /^(batch-)?get-secret-value$/.test(verb)) ||
        (noun === 'ssm' && one.has('with-decryption')) ||
        (noun === 'sts' && /^(get-session-token|assume-role)/.test(verb)),
      gcloud: /^print-(access|identity)-token$/.test(plain[2] ?? verb) || one.runs('secrets', 'versions', 'access'),
      az: one.runs('account', 'get-access-token') || one.runs('acr', 'credential', 'show'),
      kubectl: yieldsSecret(one),
      oc: yieldsSecret(one) || (noun === 'whoami' && one.has('t', 'show-token')),
      vault: noun === 'read' || (noun === 'kv' && verb === 'get') || one.runs('print', 'token'),
      op:
        noun === 'read' ||
        (noun === 'item' && verb === 'get' && words.some((word) => /reveal|--fields|--format|otp/.test(word))),
      doppler: noun === 'secrets' && /^(get|download)$/.test(verb),
      pass: noun === 'show',
      gopass: noun === 'show',
      bw: noun === 'get' || noun === 'export',
      heroku: noun === 'auth:token',
      git: one.git.subcommand === 'credential' && one.git.args.some((word) => word.text === 'fill'),
      fly: noun === 'auth' && verb === 'token',
      flyctl: noun === 'auth' && verb === 'token',
      lpass: noun === 'show' || noun === 'export',
      chamber: noun === 'read' || noun === 'export',
      sops: one.has('d', 'decrypt') || noun === 'decrypt',
      age: one.has('d', 'decrypt'),
      'ansible-vault': /^(view|decrypt)$/.test(noun),
    }
    return yields[program] === true ? `${program} ${plain.slice(0, 3).join(' ')} would print a secret` : undefined
  },
  examples: {
    deny: [
      'gh auth token',
      'aws secretsmanager get-secret-value --secret-id a',
      'kubectl get secret a -o yaml',
      'gcloud auth print-access-token',
      'vault kv get secret/app',
      'op read op://a/b/c',
    ],
    allow: [
      'gh auth status',
      'aws sts get-caller-identity',
      'kubectl get secrets',
      'vault status',
      'gcloud auth list',
      'kubectl get pods -o yaml',
    ],
  },
}

function yieldsSecret(one: Invocation): boolean {
  const at = one.plain.findIndex((word) => /^(get|describe-secret)$/.test(word))
  if (at < 0 || !one.plain.slice(at + 1).some((word) => /^secrets?([/,]|$)|,secrets?(,|$)/.test(word))) return false
  return one.words.some((word, index) => {
    const format =
      /^(?:-o=?|--output=)(.+)$/.exec(word)?.[1] ??
      (/^(?:-o|--output)$/.test(word) ? (one.words[index + 1] ?? '') : undefined)
    return format !== undefined && !/^(?:name|wide)$/.test(format)
  })
}
