import { posix } from 'node:path'

/** Last component of a program's path, lower case, since some file systems do not tell `RM` from `rm`. */
export function programName(text: string): string {
  return posix
    .basename(text)
    .toLowerCase()
    .replace(/\.exe$/, '')
}
