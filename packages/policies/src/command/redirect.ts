import type { Redirection } from 'unbash'
import type { Argument } from './analysis.js'
import { Expansion } from './expansion.js'
import { pathUse } from './path-use.js'
import { assign, type Flow, type Input, literal, type ShellState } from './state.js'
import type { Walker } from './walker.js'

/** What redirections leave. */
export interface Redirected {
  readonly input: Input
  /** True where standard output goes to a file. */
  readonly silent: boolean
  /** The state with what `{name}>` assigns. */
  readonly state: ShellState
  /** What the descriptors above 2 hold for the command. */
  readonly descriptors: ReadonlyMap<string, Input>
  /** Remembers what the command has written into the files that its output went to. */
  keep(flow: Flow, walker: Walker, decoded?: boolean): void
}

interface Context {
  readonly state: ShellState
  readonly input: Input
  readonly walker: Walker
}

interface Target {
  readonly file: Argument
  readonly append: boolean
}

/** The redirections of a command that has none. */
export function noRedirects(state: ShellState, input: Input): Redirected {
  return { input, silent: false, state, descriptors: state.descriptors, keep: () => undefined }
}

/** Records the files that redirections open and says what the command then reads. */
export function followRedirects(redirects: readonly Redirection[], context: Context): Redirected {
  const { walker } = context
  let { state, input } = context
  const expansion = new Expansion(state, walker)
  const descriptors = new Map(state.descriptors)
  const targets: Target[] = []
  let silent = false
  const take = (redirect: Redirection, content: Input): void => {
    const { descriptor } = redirect
    if (descriptor?.type === 'FileDescriptorVariable') {
      const number = String(10 + descriptors.size)
      state = assign(state, descriptor.name, [literal(number)])
      descriptors.set(number, content)
    } else if ((descriptor?.value ?? 0) === 0) input = content
    else descriptors.set(String(descriptor?.value), content)
  }

  for (const redirect of redirects) {
    if (redirect.type === 'HereDoc') {
      const parts = redirect.body.parts
      for (const part of parts ?? []) walker.visit(part, state)
      // Expansions stay in the text as written: where a shell reads it, they are unknown there as well.
      const text = (parts ?? []).map((part) => (part.type === 'Literal' ? part.value : part.text)).join('')
      take(redirect, { kind: 'text', text: parts === undefined ? redirect.body.text : text })
      continue
    }
    if (redirect.target === undefined) continue
    const target = expansion.expandOne(redirect.target)
    const { download, process } = walker.substituted()
    if (redirect.type === 'HereString') {
      take(redirect, target.known ? { kind: 'text', text: `${target.text}\n` } : { kind: 'unknown', download })
      continue
    }
    const descriptor = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : undefined
    const substitution = redirect.target.parts?.some((part) => part.type === 'ProcessSubstitution') === true
    if (redirect.operator === '<') {
      if (substitution) take(redirect, inputOf(process ?? { out: undefined, download: false }))
      else {
        take(redirect, fileInput(target, state, walker))
        walker.use(pathUse({ argument: target, state, access: 'read', program: '<' }))
      }
    } else if (redirect.operator === '<&') {
      // What a descriptor holds that was not opened here is not followed: a shell that reads it gets an unknown text.
      if (target.text !== '-')
        take(redirect, descriptors.get(target.text.replace(/-$/, '')) ?? { kind: 'unknown', download: false })
    } else if (!/^(\d+-?|-)$/.test(target.text) || !redirect.operator.endsWith('&')) {
      const toStandard = /^\/dev\/(stdout|fd\/1)$|^\/proc\/self\/fd\/1$/.test(target.text)
      if (toStandard && (descriptor ?? 1) === 1) continue
      walker.use(pathUse({ argument: target, state, access: 'write', program: redirect.operator }))
      if (redirect.descriptor?.type === 'FileDescriptorVariable')
        state = assign(state, redirect.descriptor.name, [literal(String(10 + descriptors.size))])
      else if (descriptor === undefined || descriptor === 1) {
        silent = true
        if (!substitution) targets.push({ file: target, append: redirect.operator.includes('>>') })
      }
    }
  }
  return {
    input,
    silent,
    state,
    descriptors,
    keep(flow, into, decoded = false) {
      for (const { file, append } of targets)
        into.files.write(state, file, { text: flow.out, download: flow.download, decoded }, append)
    },
  }
}

function fileInput(file: Argument, state: ShellState, walker: Walker): Input {
  const content = walker.files.read(state, file)
  if (content === undefined) return { kind: 'file' }
  return inputOf({ out: content.text, download: content.download })
}

/** What a pipe holds for the command that reads it. */
export function inputOf({ out, download }: Pick<Flow, 'out' | 'download'>): Input {
  return out === undefined ? { kind: 'unknown', download } : { kind: 'text', text: out }
}
