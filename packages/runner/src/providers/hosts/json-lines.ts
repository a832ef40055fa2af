/** Longest line that is understood, in characters; agents put whole tool results on one line. */
const maxLine = 16 * 1024 * 1024

/** Takes text as it comes and hands on each line that is JSON. */
export interface JsonLines {
  write(text: string): void
  /** The text has ended: a last line without its newline is handed on too. */
  end(): void
}

/** Splits a stream of text into lines of JSON. A line that is not JSON, or is too long, is passed over. */
export function jsonLines(onValue: (value: unknown) => void): JsonLines {
  let rest = ''
  let overlong = false
  const finish = (line: string): void => {
    const value = overlong ? undefined : parsed(line)
    overlong = false
    if (value !== undefined) onValue(value)
  }
  return {
    write(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) finish(line)
      if (rest.length <= maxLine) return
      overlong = true
      rest = ''
    },
    end() {
      finish(rest)
      rest = ''
    },
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
