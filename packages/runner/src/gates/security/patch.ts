/** A file that differs, with the lines that are new in it. */
export interface ChangedFile {
  readonly path: string
  readonly lines: readonly { readonly number: number; readonly text: string }[]
}

/**
 * Reads what `git diff --unified=0` prints. The lines of a hunk are counted by its head, so that no content can pass itself
 * off as the head of another file. Throws for what git does not print.
 */
export function parsePatch(patch: string): readonly ChangedFile[] {
  const files: { path: string; lines: { number: number; text: string }[] }[] = []
  const rows = patch.split('\n')
  let removed = 0
  let added = 0
  let number = 0
  for (const row of rows) {
    const file = files.at(-1)
    if (row.startsWith('-') && removed > 0) removed -= 1
    else if (row.startsWith('+') && added > 0 && file !== undefined) {
      file.lines.push({ number, text: row.slice(1) })
      number += 1
      added -= 1
    } else if (row.startsWith('\\'))
      continue // "No newline at end of file"
    else if (removed > 0 || added > 0) throw new Error('git printed a hunk that is shorter than its head says')
    else if (row.startsWith('diff --git ')) files.push({ path: row.slice('diff --git '.length), lines: [] })
    else if (row.startsWith('+++ ') && file !== undefined) file.path = pathOf(row.slice(4))
    else if (row.startsWith('@@ ')) {
      const [, less = '1', at, more = '1'] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(row) ?? []
      if (at === undefined || file === undefined) throw new Error('git printed a hunk whose head cannot be read')
      removed = Number(less)
      added = Number(more)
      number = Number(at)
    }
  }
  if (removed > 0 || added > 0) throw new Error('git printed a hunk that is cut')
  return files
}

/** `b/path`; with a tab after it where it holds spaces, in quotes where it holds what would end it. */
function pathOf(text: string): string {
  const bare = text.endsWith('\t') ? text.slice(0, -1) : text
  return bare.replace(/^("?)b\//, '$1')
}
