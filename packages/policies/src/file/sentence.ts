import { didYouMean } from './suggestion.js'

/** What a `rule:` text means. */
export type Sentence =
  { readonly kind: 'path_within_project' } | { readonly kind: 'active_agents'; readonly limit: number }

const PATH = 'file_path must start with project_dir'
const AGENTS = 'active_agents <= N'

/** Reads a rule sentence; a string says what was expected. Only these two are known, and a near miss is no rule. */
export function readSentence(text: string): Sentence | string {
  const plain = text.trim().replace(/\s+/g, ' ')
  if (plain === PATH) return { kind: 'path_within_project' }
  const limit = /^active_agents <= (\d{1,9})$/.exec(plain)?.[1]
  if (limit !== undefined) return { kind: 'active_agents', limit: Number(limit) }
  const hint = plain.startsWith('active_agents')
    ? ` Did you mean "active_agents <= ${/\d+/.exec(plain)?.[0] ?? '10'}"?`
    : didYouMean(plain, [PATH])
  return `unknown rule ${JSON.stringify(plain.slice(0, 100))}; expected "${PATH}" or "${AGENTS}" with a whole number.${hint}`
}
