import { AuditError } from '../error.js'

/** Tells whether a host is this machine itself. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/**
 * Checks an address that a person configured: https, or http to loopback, and http to anywhere for what is `signed` and
 * not secret; gives it without a slash at its end.
 */
export function addressOf(text: string, name: string, { signed = false }: { readonly signed?: boolean } = {}): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && (signed || isLoopback(url.hostname)))
  if (url !== undefined && isSafe && `${url.username}${url.password}${url.hash}` === '') {
    return url.href.replace(/\/+$/, '')
  }
  throw new AuditError(
    'INVALID_SETTING',
    `expected ${name} to be an https address without user and fragment${signed ? ', or an http one' : ' (http is for loopback only)'}`,
  )
}
