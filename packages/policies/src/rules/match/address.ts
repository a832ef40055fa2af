import type { Argument, SimpleCommand } from '../../command/analysis.js'
import { CURL_VALUES, WGET_VALUES } from '../../command/download-operand.js'
import { parseOptions } from '../../command/options.js'

/** An address that a command names; undefined where only the running shell knows it. */
export type Address = string | undefined

const FETCHERS: ReadonlySet<string> = new Set('curl wget http https xh aria2c lynx links w3m'.split(' '))
const LOGINS: ReadonlySet<string> = new Set('ssh sftp telnet nc ncat ftp mosh'.split(' '))
const COPIERS: ReadonlySet<string> = new Set('scp rsync git'.split(' '))
// Flags of the programs that log in whose value is the next word.
const LOGIN_VALUES = 'b c D E e F I i J L l m O o p Q R S W w B port identity proxy proxy-type source'.split(' ')

/** The addresses that an innermost command names: whatever has a scheme, and hosts where the program is known to take them. */
export function addressesOf({ program, argv }: SimpleCommand): readonly Address[] {
  const found: Address[] = []
  const speaks = FETCHERS.has(program) || LOGINS.has(program) || COPIERS.has(program)
  const hosts = new Set(hostWords(program, argv))
  for (const [index, word] of argv.entries()) {
    if (index === 0) continue
    const { text, known } = word
    const urls = text.match(/[a-z][a-z0-9+.-]*:\/\/[^\s'"`]+/gi)
    if (urls !== null) found.push(...urls.map((url) => (known ? url : withoutUnknown(url))))
    else if (!hosts.has(word)) continue
    else if (speaks && !known && /^(?:[$`]|$)/.test(text)) found.push(undefined)
    else found.push(...bareHost(program, text))
  }
  return found
}

/** The words of a command that may be hosts: values of options and what a login runs over there are none. */
function hostWords(program: string, argv: readonly Argument[]): readonly Argument[] {
  if (program === 'curl' || FETCHERS.has(program))
    return parseOptions(argv, { values: program === 'wget' ? WGET_VALUES : CURL_VALUES }).operands
  if (LOGINS.has(program)) return parseOptions(argv, { values: LOGIN_VALUES, posix: true }).operands.slice(0, 1)
  return argv.slice(1).filter((word) => !word.text.startsWith('-'))
}

function bareHost(program: string, word: string): readonly Address[] {
  if (FETCHERS.has(program)) return /^[\w-]+(\.[\w-]+|:\d|$|\/)/.test(word) ? [`http://${word}`] : []
  if (LOGINS.has(program))
    return /^([^@\s/]+@)?[\w.-]+$/.test(word) ? [`ssh://${word.slice(word.indexOf('@') + 1)}`] : []
  const host = COPIERS.has(program) ? /^(?:[^@\s/:]+@)?([\w.-]+):/.exec(word)?.[1] : undefined
  return host === undefined ? [] : [`ssh://${host}`]
}

/** `https://$HOST/x` names no host; `https://example.com/$X` does. */
function withoutUnknown(url: string): Address {
  const host = url.slice(url.indexOf('://') + 3).split(/[/?#]/, 1)[0] ?? ''
  return /[$`]/.test(host) ? undefined : url.replace(/[$`].*$/s, '')
}
