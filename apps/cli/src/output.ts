import pc from 'picocolors'
import { jsonLine, plain, shorten } from './text.js'

export type Colors = ReturnType<typeof pc.createColors>

/** Where a command writes: data on standard output, words to people on standard error. */
export interface Output {
  /** The caller asked for JSON: nothing but JSON goes to standard output, and people are told only of errors. */
  readonly json: boolean
  /** Columns of the terminal that standard output is; `undefined` where it is none, and nothing is cut. */
  readonly columns: number | undefined
  /** Colours for {@link data}. */
  readonly color: Colors
  /** Colours for {@link note}. */
  readonly noteColor: Colors
  /** Writes lines that the command was asked for. */
  readonly data: (text: string) => void
  /** Writes one line of JSON. */
  readonly record: (value: unknown) => void
  /** Tells people something; silent with `--json`. */
  readonly note: (text: string) => void
  /** Tells people of an error, with `--json` too. */
  readonly error: (text: string) => void
}

export interface OutputOptions {
  readonly json: boolean
  readonly env?: NodeJS.ProcessEnv
}

export function openOutput(options: OutputOptions): Output {
  const { json, env = process.env } = options
  const { stdout, stderr } = process
  return {
    json,
    columns: stdout.isTTY ? stdout.columns : undefined,
    color: pc.createColors(!json && wantsColor(env, stdout.isTTY)),
    noteColor: pc.createColors(!json && wantsColor(env, stderr.isTTY)),
    data: (text) => {
      stdout.write(`${text}\n`)
    },
    record: (value) => {
      stdout.write(`${jsonLine(value)}\n`)
    },
    note: (text) => {
      if (!json) stderr.write(`${text}\n`)
    },
    error: (text) => {
      stderr.write(`${text}\n`)
    },
  }
}

/**
 * Whether to write colours: `NO_COLOR` (no-color.org) says never, `FORCE_COLOR` always, `CLICOLOR=0` and `TERM=dumb`
 * never, and otherwise a terminal decides.
 */
export function wantsColor(env: NodeJS.ProcessEnv, isTerminal: boolean | undefined): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR, TERM } = env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (CLICOLOR === '0' || TERM === 'dumb') return false
  return isTerminal === true
}

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly paint?: (text: string, row: Row) => string
}

/** Rows as aligned columns under a dim head. The last column is cut where the terminal ends. */
export function table<Row>(output: Output, rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => plain(column.value(row))))
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => (line[index] ?? '').length)),
  )
  const room = (index: number): number => {
    if (output.columns === undefined || index < columns.length - 1) return Infinity
    return Math.max(12, output.columns - widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0))
  }
  const padded = (text: string, index: number): string =>
    index === columns.length - 1 ? shorten(text, room(index)) : text.padEnd(widths[index] ?? 0)
  const head = columns.map((column, index) => padded(column.title, index)).join('  ')
  const body = rows.map((row, line) =>
    columns
      .map((column, index) => {
        const text = padded(cells[line]?.[index] ?? '', index)
        return column.paint === undefined ? text : column.paint(text, row)
      })
      .join('  ')
      .trimEnd(),
  )
  return [output.color.dim(head.trimEnd()), ...body].join('\n')
}
