import type { Redirection } from 'unbash'
import { Expansion } from './expansion.js'
import { pathUse } from './path-use.js'
import type { Flow, Input, ShellState } from './state.js'
import type { Walker } from './walker.js'

/** What redirections leave. */
export interface Redirected {
  readonly input: Input
  /** True where standard output goes to a file. */
  readonly silent: boolean
}

interface Context {
  readonly state: ShellState
  readonly input: Input
  readonly walker: Walker
}

/** Records the files that redirections open and says what the command then reads. */
export function followRedirects(redirects: readonly Redirection[], context: Context): Redirected {
  const { state, walker } = context
  const expansion = new Expansion(state, walker)
  let { input } = context
  let silent = false
  for (const redirect of redirects) {
    if (redirect.type === 'HereDoc') {
      const parts = redirect.body.parts
      for (const part of parts ?? []) walker.visit(part, state)
      // Expansions stay in the text as written: where a shell reads it, they are unknown there as well.
      const text = (parts ?? []).map((part) => (part.type === 'Literal' ? part.value : part.text)).join('')
      input = { kind: 'text', text: parts === undefined ? redirect.body.text : text }
      continue
    }
    if (redirect.target === undefined) continue
    const target = expansion.expandOne(redirect.target)
    const { download, process } = walker.substituted()
    if (redirect.type === 'HereString') {
      input = target.known ? { kind: 'text', text: `${target.text}\n` } : { kind: 'unknown', download }
      continue
    }
    const descriptor = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : undefined
    if (redirect.operator === '<') {
      const substitution = redirect.target.parts?.some((part) => part.type === 'ProcessSubstitution') === true
      if (substitution) input = inputOf(process ?? { out: undefined, download: false })
      else {
        if (descriptor === undefined || descriptor === 0) input = { kind: 'file' }
        walker.use(pathUse({ argument: target, state, access: 'read', program: '<' }))
      }
    } else if (redirect.operator === '<&') {
      // What another descriptor holds is not followed: a shell that reads it is handed an unknown text.
      if ((descriptor ?? 0) === 0 && target.text !== '-') input = { kind: 'unknown', download: false }
    } else if (!/^(\d+-?|-)$/.test(target.text) || !redirect.operator.endsWith('&')) {
      walker.use(pathUse({ argument: target, state, access: 'write', program: redirect.operator }))
      if (descriptor === undefined || descriptor === 1) silent = true
    }
  }
  return { input, silent }
}

/** What a pipe holds for the command that reads it. */
export function inputOf({ out, download }: Pick<Flow, 'out' | 'download'>): Input {
  return out === undefined ? { kind: 'unknown', download } : { kind: 'text', text: out }
}
