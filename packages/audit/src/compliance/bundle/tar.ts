import { AuditError } from '../../error.js'

const BLOCK = 512

/** A file of an archive. */
export interface TarFile {
  /** Relative, with `/`; at most 100 bytes of ASCII. */
  readonly name: string
  readonly content: string | Buffer
  readonly executable?: boolean
}

/**
 * Writes files as a POSIX.1-1988 ustar archive. The same files and time give the same bytes: owner 0, no names of users, modes
 * that do not depend on the umask.
 */
export function tarOf(files: readonly TarFile[], modified: Date): Buffer {
  const seconds = Math.max(0, Math.floor(modified.getTime() / 1000))
  const parts = files.flatMap(({ name, content, executable = false }) => {
    const body = Buffer.from(content)
    const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)
    return [headerOf(name, { size: body.length, seconds, mode: executable ? 0o755 : 0o644 }), body, padding]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

function headerOf(
  name: string,
  { size, seconds, mode }: { readonly size: number; readonly seconds: number; readonly mode: number },
): Buffer {
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(name) || name.length > 100 || size > 0o77777777777) {
    throw new AuditError(
      'INVALID_INPUT',
      `expected a name of at most 100 plain characters, got ${JSON.stringify(name)}`,
    )
  }
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, name],
    [100, octal(mode, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(size, 12)],
    [136, octal(seconds, 12)],
    [148, ' '.repeat(8)], // the checksum counts as spaces while it is computed
    [156, '0'],
    [257, 'ustar\x0000'],
    [329, octal(0, 8)],
    [337, octal(0, 8)],
  ]
  for (const [offset, text] of fields) header.write(text, offset, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
