import { AuditError } from '../error.js'

/** Reads variables; unset, empty and blank are undefined, and what is malformed is an error that names the variable. */
export interface Variables {
  readonly text: (name: string, pattern?: RegExp) => string | undefined
  readonly required: (name: string, because: string, pattern?: RegExp) => string
  readonly integer: (name: string, range: { readonly least: number; readonly most: number }) => number | undefined
  readonly choice: <Word extends string>(name: string, words: readonly Word[]) => Word | undefined
  /** An http or https address without user, query and fragment. With `secret`, plain http is for loopback only. */
  readonly url: (name: string, options: { readonly secret: boolean }) => string | undefined
}

const LONGEST = 4096
const PRINTABLE = /^[\x21-\x7e]+$/

export function variablesOf(env: NodeJS.ProcessEnv): Variables {
  const text = (name: string, pattern: RegExp = PRINTABLE): string | undefined => {
    const value = env[name]?.trim() ?? ''
    if (value === '') return undefined
    // The value is not shown: it may be a token that stands in the wrong variable.
    if (value.length > LONGEST || !pattern.test(value)) throw malformed(name, `text that matches ${pattern.source}`)
    return value
  }
  return {
    text,
    required: (name, because, pattern) => {
      const value = text(name, pattern)
      if (value === undefined) throw malformed(name, `a value, because ${because} is set`)
      return value
    },
    integer: (name, { least, most }) => {
      const value = text(name)
      if (value === undefined) return undefined
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
      if (number >= least && number <= most) return number
      throw malformed(name, `a whole number from ${least} to ${most}`)
    },
    choice: (name, words) => {
      const value = text(name)?.toLowerCase()
      if (value === undefined) return undefined
      const found = words.find((word) => word === value)
      if (found !== undefined) return found
      throw malformed(name, `one of ${words.join(', ')}`)
    },
    url: (name, { secret }) => {
      const value = text(name)
      if (value === undefined) return undefined
      const url = URL.canParse(value) ? new URL(value) : undefined
      if (url === undefined || !['http:', 'https:'].includes(url.protocol)) throw malformed(name, 'an http(s) address')
      if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
        throw malformed(name, 'an address without user, query and fragment')
      }
      if (secret && url.protocol === 'http:' && !isLoopback(url.hostname)) {
        throw malformed(name, 'an https address, because a token or key goes there (http is for loopback only)')
      }
      return url.href.replace(/\/+$/, '')
    },
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function malformed(name: string, wanted: string): AuditError {
  return new AuditError('INVALID_SETTING', `expected ${name} to be ${wanted}`)
}
