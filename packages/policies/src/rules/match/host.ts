import { globMatcher } from '../../paths/glob.js'

/** Says whether an address is meant. */
export type UrlMatcher = (url: URL) => boolean

/**
 * Compiles a pattern of an address: a host (`example.com`, also with `:port`), or `*.example.com` for every host below it,
 * the name itself not among them; with a path behind it (`example.com/upload/*`) and a scheme before it (`https://*`) where
 * wanted. `*` stands for any characters. Names are compared as a browser reads them.
 */
export function urlMatcher(pattern: string): UrlMatcher {
  const colons = pattern.indexOf('://')
  const scheme = colons < 0 ? undefined : globMatcher(`${pattern.slice(0, colons).toLowerCase()}:`)
  const rest = colons < 0 ? pattern : pattern.slice(colons + 3)
  const slash = rest.indexOf('/')
  const host = hostMatcher(slash < 0 ? rest : rest.slice(0, slash))
  const written = slash < 0 ? '/' : rest.slice(slash)
  const path = written === '/' ? undefined : pathMatcher(written)
  return (url) => {
    if (!host(url) || scheme?.(url.protocol) === false) return false
    return path === undefined || path(plainPath(url)) || path(plainPath(url) + url.search)
  }
}

/** The host of an address, lower case; undefined where it cannot be read. */
export function hostOf(url: string): string | undefined {
  return readUrl(url)?.hostname.toLowerCase().replace(/\.$/, '')
}

/** The parts of an address as a browser reads it; undefined where there is no host in it. */
export function readUrl(url: string): URL | undefined {
  if (url.length > MAX_URL) return undefined
  const parsed = parse(url.includes('://') ? url : `https://${url}`)
  return parsed === undefined || parsed.hostname === '' ? undefined : parsed
}

/** A path and what lies below it. */
function pathMatcher(written: string): (path: string) => boolean {
  const whole = globMatcher(written)
  const below = globMatcher(`${written.replace(/\/$/, '')}/*`)
  return (path) => whole(path) || below(path)
}

const MAX_URL = 16_384
const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'ftp:': '21', 'ssh:': '22' }

function hostMatcher(pattern: string): (url: URL) => boolean {
  const [, name = '', port] = /^(.*?)(?::(\d+|\*))?$/.exec(pattern) ?? []
  const wanted = canonical(name)
  const matches = wanted.startsWith('[') ? (host: string) => host === wanted : globMatcher(wanted)
  return (url) => {
    if (!matches(url.hostname.toLowerCase().replace(/\.$/, ''))) return false
    return port === undefined || port === '*' || port === (url.port === '' ? PORTS[url.protocol] : url.port)
  }
}

/** A host as `URL` writes it, where the pattern is a plain name: `BÜCHER.example.` and `0x7f.1` have other spellings. */
function canonical(name: string): string {
  const plain = name.toLowerCase().replace(/\.$/, '')
  if (/[*?]/.test(plain)) return plain
  return parse(`https://${plain}`)?.hostname ?? plain
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** The path with what a server undoes undone: `/%61` is `/a`. */
function plainPath(url: URL): string {
  try {
    return decodeURIComponent(url.pathname)
  } catch {
    return url.pathname
  }
}
