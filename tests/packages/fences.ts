/** One fenced block of a Markdown file. */
export type Fence = {
  readonly language: string
  readonly text: string
  /** Line of the opening fence, from 1. */
  readonly line: number
}

/** A program in a README and what it is to print. */
export type Program = { readonly code: string; readonly line: number; readonly output: string }

/** Every fenced block of a Markdown text, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = []
  let open: { language: string; line: number; from: number } | undefined
  const lines = markdown.split('\n')
  for (const [n, line] of lines.entries()) {
    if (open === undefined) {
      const match = /^```([a-z]*)\s*$/.exec(line)
      if (match) open = { language: match[1] ?? '', line: n + 1, from: n + 1 }
    } else if (/^```\s*$/.test(line)) {
      fences.push({ language: open.language, line: open.line, text: lines.slice(open.from, n).join('\n') })
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`the fence in line ${open.line} is not closed`)
  return fences
}

/** Each `js` block with its output: the `text` block that follows it, or nothing. */
export function programsOf(fences: readonly Fence[]): Program[] {
  return fences.flatMap((fence, n) => {
    if (fence.language !== 'js') return []
    const next = fences[n + 1]
    return [{ code: fence.text, line: fence.line, output: next?.language === 'text' ? next.text : '' }]
  })
}

/**
 * Whether a program printed what its README shows. Two placeholders stand for what differs from run to run:
 *
 * - `…` is any text within its line, or none; a line that is only `…` is any number of lines, or none
 * - `<words>`, letters, digits, spaces and `-` in angle brackets, is some text within its line
 */
export function matchesOutput(printed: string, shown: string): boolean {
  const pattern = shown
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${linePattern(line)} *\\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(printed.trimEnd() === '' ? '\n' : `${printed.trimEnd()}\n`)
}

/** The words of every `loki` command in a shell block: `loki hooks install claude` is `hooks install claude`. */
export function lokiCommands(script: string): string[][] {
  const commands: string[][] = []
  for (const line of script.replaceAll('\\\n', ' ').split('\n')) {
    for (const part of line.replace(/(^|\s)#.*$/, '').split(/&&|\|\|?|;/)) {
      const words = part.trim().split(/\s+/)
      if (words[0] !== 'loki') continue
      const option = words.findIndex((word) => !/^[A-Za-z][A-Za-z0-9._/-]*$/.test(word))
      commands.push(words.slice(1, option < 0 ? undefined : option))
    }
  }
  return commands
}

/** What is wrong with the help that a command gave, in a sentence; undefined when the command exists. */
export function helpProblem(words: readonly string[], help: string): string | undefined {
  const usage = /^\s*usage:\s*(.*)$/im.exec(help)?.[1]?.split(/\s+/)
  if (usage === undefined) return 'its help has no usage line'
  const end = usage.findIndex((word) => /^[[<(]/.test(word))
  const path = usage.slice(1, end < 0 ? undefined : end)
  if (path.length === 0 && words.length > 0) return `there is no command "${words.join(' ')}"; the help is that of loki`
  if (path.some((word, n) => words[n] !== word)) return `the help is that of "${path.join(' ')}"`
  if (/[[<]command[\]>]/.test(usage.join(' ')) && words.length > path.length) {
    return `"${path.join(' ')}" has no command "${words[path.length] ?? ''}"`
  }
  return undefined
}

function linePattern(line: string): string {
  return line
    .trimEnd()
    .split(/(…|<[A-Za-z0-9 -]+>)/)
    .map((part, n) => {
      if (n % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      return part === '…' ? '.*' : '.+'
    })
    .join('')
}
