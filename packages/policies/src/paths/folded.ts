/**
 * One spelling for all names that some file system takes for the same: case, Unicode normal forms, characters that are
 * not seen, dots and blanks at the end of a name.
 */
export function foldPath(path: string): string {
  return path
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
    .replace(/(?<=[^./ ])[. ]+(?=\/|$)/g, '')
}
