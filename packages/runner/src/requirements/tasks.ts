import { Lexer, type Token, type Tokens } from 'marked'

/** One piece of work that a document asks for. */
export interface PlannedTask {
  /** `t1`, `t2` and so on, in the order of the document. */
  readonly id: string
  readonly title: string
  readonly description: string
  /** The item was checked when the document was read. */
  readonly done: boolean
}

type Draft = Omit<PlannedTask, 'id'>

const maxTasks = 200
const maxTitle = 200
const maxDescription = 16_384

/**
 * Cuts a document into tasks: its checklist items, nested ones too; without any, its second-level headings with what
 * stands under them; without those, the whole document is one task. Returns what is wrong where that cannot be.
 */
export function tasksIn(markdown: string): readonly PlannedTask[] | string {
  const tokens = new Lexer({ gfm: true }).lex(markdown)
  const items = checklist(tokens)
  const drafts = items.length > 0 ? items : (sections(tokens) ?? [whole(tokens, markdown)])
  if (drafts.length > maxTasks) return `it asks for ${drafts.length} tasks and at most ${maxTasks} are taken; split it`
  return drafts.map((draft, index) => ({
    id: `t${index + 1}`,
    title: cut(draft.title.replace(/\s+/g, ' ').trim(), maxTitle) || `Task ${index + 1}`,
    description: cut(draft.description.trim(), maxDescription),
    done: draft.done,
  }))
}

function checklist(tokens: readonly Token[]): Draft[] {
  const drafts: Draft[] = []
  let section = ''
  for (const token of tokens) {
    if (token.type === 'heading') section = plain((token as Tokens.Heading).tokens)
    if (token.type === 'list') listItems(token as Tokens.List, section === '' ? [] : [section], drafts)
  }
  return drafts
}

function listItems(list: Tokens.List, context: readonly string[], drafts: Draft[]): void {
  for (const item of list.items) {
    const lists = item.tokens.filter((token): token is Tokens.List => token.type === 'list')
    // In a tight list the box is a token of its own, in a loose one it is inside the first paragraph.
    const own = item.tokens.filter((token) => token.type !== 'checkbox' && token.type !== 'space')
    const [head, ...rest] = own.filter((token) => !(token.type === 'list' && hasTask(token as Tokens.List)))
    const title = head === undefined ? '' : plain([head])
    if (item.task) {
      const place = context.length === 0 ? '' : `Part of: ${context.join(' / ')}\n\n`
      drafts.push({
        title,
        description: place + rest.map((token) => token.raw.trimEnd()).join('\n\n'),
        done: item.checked === true,
      })
    }
    for (const nested of lists) listItems(nested, [...context, cut(title, maxTitle)], drafts)
  }
}

function hasTask(list: Tokens.List): boolean {
  return list.items.some(
    (item) => item.task || item.tokens.some((token) => token.type === 'list' && hasTask(token as Tokens.List)),
  )
}

function sections(tokens: readonly Token[]): Draft[] | undefined {
  const drafts: { title: string; description: string; done: boolean }[] = []
  let open = false
  for (const token of tokens) {
    if (token.type === 'heading' && (token as Tokens.Heading).depth <= 2) {
      const heading = token as Tokens.Heading
      open = heading.depth === 2
      if (open) drafts.push({ title: plain(heading.tokens), description: '', done: false })
      continue
    }
    const current = drafts.at(-1)
    if (open && current !== undefined) current.description += token.raw
  }
  return drafts.length === 0 ? undefined : drafts
}

function whole(tokens: readonly Token[], markdown: string): Draft {
  const first = tokens.find((token) => token.type === 'heading') ?? tokens.find((token) => token.type !== 'space')
  const title = first === undefined ? '' : plain([first])
  return { title: title.trim().split('\n', 1)[0] ?? '', description: markdown, done: false }
}

/** The words of inline tokens without their markup. */
function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'checkbox') return ''
      if (token.type === 'br') return ' '
      if ('tokens' in token && Array.isArray(token.tokens)) return plain(token.tokens)
      return 'text' in token && typeof token.text === 'string' ? token.text : ''
    })
    .join('')
}

/** Never leaves half of a surrogate pair at the end. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`
}
