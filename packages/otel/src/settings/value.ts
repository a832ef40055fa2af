import { TelemetryError } from '../error.js'

/** The text of a variable, trimmed; unset, empty and blank are one. */
export function textOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]?.trim() ?? ''
  return text === '' ? undefined : text
}

export function booleanOf(env: NodeJS.ProcessEnv, name: string): boolean | undefined {
  const text = textOf(env, name)?.toLowerCase()
  if (text === undefined) return undefined
  if (['true', '1', 'yes', 'on'].includes(text)) return true
  if (['false', '0', 'no', 'off'].includes(text)) return false
  throw invalid(name, 'true or false', JSON.stringify(text.slice(0, 32)))
}

/** A number from `least` to `most`. */
export function numberOf(
  env: NodeJS.ProcessEnv,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value >= least && value <= most) return value
  throw invalid(name, `a number from ${least} to ${most}`, JSON.stringify(text.slice(0, 32)))
}

/** One of these words. */
export function wordOf<Word extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOf(env, name)?.toLowerCase()
  if (text === undefined) return undefined
  const word = words.find((known) => known === text)
  if (word !== undefined) return word
  throw invalid(name, `one of ${words.join(', ')}`, JSON.stringify(text.slice(0, 32)))
}

/** The error of a setting; `got` must hold nothing secret. */
export function invalid(name: string, expected: string, got: string, cause?: unknown): TelemetryError {
  return new TelemetryError('INVALID_SETTING', `expected ${name} to be ${expected}, got ${got}; correct or unset it`, {
    cause,
  })
}
