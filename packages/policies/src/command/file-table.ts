import type { PathAccess } from './analysis.js'

/** Which words of a program are files, and what it does to them. */
export interface Files {
  readonly access: PathAccess
  /** Flags whose value is the next word. */
  readonly values?: readonly string[]
  /** The first so many operands are no files: `chmod 755 f`, `grep pattern f`. */
  readonly skip?: number
  /** Flags that say what the skipped operands would: with one of them every operand is a file. */
  readonly unless?: readonly string[]
  /** Flag that makes everything below be affected. */
  readonly recursive?: RegExp
}

const MODE: Files = { access: 'mode', skip: 1, unless: ['reference'], recursive: /^R$|^recursive$/ }
const SEARCH: Files = {
  access: 'read',
  skip: 1,
  unless: ['e', 'f', 'regexp', 'file'],
  values: ['e', 'f', 'A', 'B', 'C', 'm', 'g', 't', 'T', 'glob', 'type', 'max-count', 'color', 'regexp', 'file'],
}

// Programs that read their operands, with the flags whose value is the next word: one letter each, or a long name.
const READERS: Readonly<Record<string, string>> = {
  cat: '',
  tac: 's',
  head: 'n c lines bytes',
  tail: 'n c s lines bytes',
  less: 'b h j k o O p P t T x y z',
  more: 'n',
  bat: 'l H r language line-range theme style',
  batcat: 'l H r language line-range',
  nl: 'b d f h i l n s v w',
  od: 'A j N S t w',
  xxd: 'c g l o s',
  hexdump: 'e f n s',
  hd: 'e f n s',
  strings: 'n e t',
  base64: 'w i',
  base32: 'w',
  wc: '',
  sort: 'k t o S T output key field-separator temporary-directory buffer-size',
  uniq: 'f s w',
  cut: 'b c d f',
  diff: 'U C W I x',
  cmp: 'i n',
  comm: '',
  join: '1 2 a e o t v j',
  paste: 'd',
  column: 's o c N H',
  fold: 'w',
  fmt: 'w',
  pr: 'h l o w',
  rev: '',
  expand: 't',
  unexpand: 't',
  shuf: 'n i',
  tsort: '',
  ls: 'I w T',
  dir: '',
  vdir: '',
  stat: 'c f printf',
  file: 'm F',
  md5sum: '',
  sha1sum: '',
  sha256sum: '',
  sha512sum: '',
  b2sum: '',
  cksum: 'a',
  sum: '',
  readlink: '',
  realpath: '',
  tree: 'L P I o',
  du: 'd t',
  zcat: '',
  gzcat: '',
  bzcat: '',
  xzcat: '',
  zless: '',
  view: 'c',
  nano: '',
  vi: 'c',
  vim: 'c',
  nvim: 'c',
  emacs: 'eval',
  code: '',
  open: 'a',
  'xdg-open': '',
  csplit: 'f b n',
  split: 'b l n a C',
  glow: 'w s',
  mdcat: '',
  highlight: 'S O',
  pygmentize: 'l f',
  xmllint: 'xpath',
  gpg: 'u r o',
  openssl: '',
  iconv: 'f t o',
  dos2unix: '',
}

/** The programs whose operands are known to be files. */
export const FILE_PROGRAMS: ReadonlyMap<string, Files> = new Map<string, Files>([
  ['rm', { access: 'remove', recursive: /^[rR]$|^recursive$/ }],
  ...['rimraf', 'del-cli', 'trash'].map((name) => [name, { access: 'remove', recursive: /^/ }] as const),
  ['rmdir', { access: 'remove' }],
  ['unlink', { access: 'remove' }],
  ['shred', { access: 'remove', values: ['n', 's'] }],
  ['srm', { access: 'remove', recursive: /^[rR]$|^recursive$/ }],
  ['touch', { access: 'write', values: ['d', 't', 'r', 'date', 'reference'] }],
  ['mkdir', { access: 'write', values: ['m', 'mode'] }],
  ['mkfifo', { access: 'write', values: ['m'] }],
  ['mknod', { access: 'write', values: ['m'] }],
  ['tee', { access: 'write' }],
  ['sponge', { access: 'write' }],
  ['truncate', { access: 'write', values: ['s', 'size', 'r', 'reference'] }],
  ['fallocate', { access: 'write', values: ['o', 'l', 'offset', 'length'] }],
  ['chmod', MODE],
  ['chown', MODE],
  ['chgrp', MODE],
  ['chattr', { access: 'mode', skip: 1, recursive: /^R$/ }],
  ['chflags', { access: 'mode', skip: 1, recursive: /^R$/ }],
  ['setfacl', { access: 'mode', values: ['m', 'x', 'M', 'X'], recursive: /^R$/ }],
  ['xattr', { access: 'mode', skip: 1 }],
  ['patch', { access: 'write', values: ['p', 'i', 'd', 'o'] }],
  ...['grep', 'egrep', 'fgrep', 'zgrep', 'rg', 'ag', 'ack', 'ugrep'].map((name) => [name, SEARCH] as const),
  ...Object.entries(READERS).map(
    ([name, values]) => [name, { access: 'read', values: values.split(' ').filter(Boolean) }] as const,
  ),
])
