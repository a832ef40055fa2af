import { CURL_VALUES } from '../command/download-operand.js'
import { parseOptions } from '../command/options.js'
import type { Invocation } from './invocation.js'
import type { Script } from './rule.js'

const LOCAL = /^(?:\w+:\/\/)?(?:[^@/]*@)?(?:localhost|127\.[\d.]+|\[?::1\]?|0\.0\.0\.0)(?=[:/]|$)/

const REMOTE_ARCHIVE = /^(?:-[a-zA-Z]*f|--file=?)?[\w.-]*[\w@.-]+\.?[\w-]*:(?!\\)/
const CURL_SENDS = [
  'd',
  'F',
  'T',
  'data',
  'data-binary',
  'data-raw',
  'data-urlencode',
  'data-ascii',
  'form',
  'json',
  'upload-file',
]

/** True where a command sends data of this machine to another. */
export function sends(one: Invocation, { analysis }: Script): boolean {
  const { program, words } = one
  if (words.some((word) => LOCAL.test(word))) return false
  const unknown = one.command.argv.some((word) => !word.known)
  if (program === 'curl') {
    const { flags } = parseOptions(one.command.argv, { values: CURL_VALUES })
    return unknown || CURL_SENDS.some((name) => flags.has(name)) || flags.has('url-query')
  }
  if (/^(http|https|xh)$/.test(program))
    return (
      unknown || words.some((word) => /^(POST|PUT|PATCH)$/i.test(word) || /@|^--(raw|form|json|multipart)/.test(word))
    )
  if (/^wget2?$/.test(program)) return unknown || words.some((word) => /^--(post|body)-(file|data)/.test(word))
  if (/^(scp|rsync|sftp|rclone)$/.test(program)) return words.some((word) => /^[^/=-][^/]*:/.test(word))
  if (/^(nc|ncat|netcat|socat|telnet|ftp|lftp|tftp|mail|mailx|sendmail|mutt|swaks|nslookup|dig|host)$/.test(program))
    return one.plain.length > 0 && (unknown || !/^(nslookup|dig|host)$/.test(program))
  if (/^(g?tar|bsdtar|cpio|dump)$/.test(program)) return !one.has('force-local') && archivesAway(one, analysis)
  if (/^(aws|gsutil|gcloud|az|s3cmd|mc|b2|azcopy)$/.test(program))
    return (
      words.some((word) => /^(s3|gs|az|b2|https?):\/\//.test(word)) &&
      one.plain.some((word) => /^(cp|mv|sync|put|upload|copy|rsync)$/.test(word))
    )
  if (/^(gist|pastebinit|transfer|ix|croc|wormhole|ngrok|bore|cloudflared|ffsend)$/.test(program)) return true
  if (program === 'gh') return one.runs('gist', 'create') || one.runs('release', 'upload')
  return program === 'ssh' && one.plain.length > 1
}

function archivesAway({ words }: Invocation, analysis: Script['analysis']): boolean {
  const named = words.some(
    (word, at) =>
      REMOTE_ARCHIVE.test(word) && (/^-[a-zA-Z]*f$|^--file$/.test(words[at - 1] ?? '') || /^-|^--file=/.test(word)),
  )
  if (named) return true
  const own = words.some(
    (word) => /^-?[a-zA-Z]*f[a-zA-Z]*$|^--file/.test(word) && !word.startsWith('--f=') && !/^[a-z]{5,}$/.test(word),
  )
  return (analysis?.variables ?? []).some(
    ({ name, value, known }) =>
      (name === 'TAR_OPTIONS' && (!known || /--file=[^/\s]*:|-f\s*[^/\s]*:/.test(value))) ||
      (name === 'TAPE' && !own && (!known || /^[^/]+:/.test(value))),
  )
}

/** A command that prints the whole environment, where secrets stand. */
export function dumped({ invocations }: Script): string | undefined {
  const dump = invocations.find(
    ({ program, words, plain }) =>
      (program === 'env' && words.length === 0) ||
      (program === 'printenv' && (plain.length === 0 || plain.some((word) => /TOKEN|SECRET|KEY|PASS/i.test(word)))) ||
      (/^(export|declare|typeset)$/.test(program) &&
        words.some((word) => /^-[a-z]*[px]/.test(word)) &&
        plain.length === 0) ||
      (program === 'set' && words.length === 0),
  )
  return dump === undefined ? undefined : `what ${dump.program} prints`
}

/** What a script shows of its environment. */
export function environmentShown(script: Script): string | undefined {
  const dump = dumped(script)
  if (dump !== undefined) return dump
  return script.analysis?.commands.some((command) =>
    command.argv.some(
      (word) => !word.known && /\$\{?\w*(?:TOKEN|SECRET|API_?KEY|PASSWORD|CREDENTIAL)/i.test(word.text),
    ),
  )
    ? 'a variable with a secret'
    : undefined
}

/** True for clients whose requests carry a token of the caller, which is what it is for. */
export function carriesToken({ program }: Invocation): boolean {
  return /^(curl|http|https|xh|wget2?|ssh|aws|gcloud|az|gh|gsutil)$/.test(program)
}

const SECRET_IN_ADDRESS = /^(?:https?:\/\/)?[\w.-]+\/.*\$\{?\w*(?:TOKEN|SECRET|PASSWORD|CREDENTIAL|ACCESS_KEY)/i

/** True where what a command sends is named by a list, a variable or a search. */
export function sendsBlindly(one: Invocation): boolean {
  const secret = one.command.argv.some(({ text, known }) => !known && SECRET_IN_ADDRESS.test(text))
  if (secret) return true
  if (/^(nslookup|dig|host|ping)$/.test(one.program))
    return one.command.argv.some(({ text, known }) => !known && /\$\(|`/.test(text))
  if (one.program === 'rsync') return one.words.some((word) => word.startsWith('--files-from'))
  if (one.program === 'curl')
    return one.command.argv.some(
      ({ text, known }, at, argv) =>
        !known &&
        /^(?:-[a-zA-Z]*[FdT].*@|--(?:form|data)[\w-]*=[^$]*@|[\w-]*=?@|-T)/.test(text) &&
        !/^-[a-zA-Z]*H$/.test(argv[at - 1]?.text ?? ''),
    )
  return false
}
