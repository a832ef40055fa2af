import type { Argument, PathAccess } from './analysis.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'

interface Files {
  readonly access: PathAccess
  /** Flags whose value is the next word. */
  readonly values?: readonly string[]
  /** The first so many operands are no files: `chmod 755 f`, `grep pattern f`. */
  readonly skip?: number
  /** Flag that makes everything below be affected. */
  readonly recursive?: RegExp
}

const READ: Files = { access: 'read', values: ['n', 'c', 'k', 'd', 'f', 't'] }
const COPIES = new Set(['cp', 'mv', 'install', 'ln', 'rsync', 'scp', 'link'])
const DESTINATION = ['t', 'target-directory']
// Flags with a value as the next word, of all the programs in COPIES.
const COPY_VALUES = [
  ...DESTINATION,
  'S',
  'suffix',
  'm',
  'mode',
  'o',
  'owner',
  'g',
  'group',
  'e',
  'rsh',
  'exclude',
  'include',
  'P',
  'i',
]

const PROGRAMS: ReadonlyMap<string, Files> = new Map<string, Files>([
  ['rm', { access: 'remove', recursive: /^[rR]$|^recursive$/ }],
  ['rimraf', { access: 'remove', recursive: /^/ }],
  ['del-cli', { access: 'remove', recursive: /^/ }],
  ['trash', { access: 'remove', recursive: /^/ }],
  ['rmdir', { access: 'remove' }],
  ['unlink', { access: 'remove' }],
  ['shred', { access: 'remove', values: ['n', 's'] }],
  ['srm', { access: 'remove', recursive: /^[rR]$|^recursive$/ }],
  ['touch', { access: 'write', values: ['d', 't', 'r', 'date', 'reference'] }],
  ['mkdir', { access: 'write', values: ['m', 'mode'] }],
  ['mkfifo', { access: 'write', values: ['m'] }],
  ['tee', { access: 'write' }],
  ['truncate', { access: 'write', values: ['s', 'size', 'r', 'reference'] }],
  ['chmod', { access: 'mode', skip: 1, recursive: /^R$|^recursive$/ }],
  ['chown', { access: 'mode', skip: 1, recursive: /^R$|^recursive$/ }],
  ['chgrp', { access: 'mode', skip: 1, recursive: /^R$|^recursive$/ }],
  ['chattr', { access: 'mode', skip: 1, recursive: /^R$/ }],
  ['setfacl', { access: 'mode', values: ['m', 'x', 'M', 'X'], recursive: /^R$/ }],
  ['patch', { access: 'write', values: ['p', 'i', 'd', 'o'] }],
  ['split', { access: 'read', values: ['b', 'l', 'n', 'a', 'C'] }],
  [
    'grep',
    { access: 'read', skip: 1, values: ['e', 'f', 'A', 'B', 'C', 'm', 'include', 'exclude', 'exclude-dir', 'color'] },
  ],
  ['rg', { access: 'read', skip: 1, values: ['e', 'f', 'A', 'B', 'C', 'm', 'g', 't', 'T', 'glob', 'type'] }],
  ...[
    'cat',
    'tac',
    'head',
    'tail',
    'less',
    'more',
    'bat',
    'nl',
    'od',
    'xxd',
    'hexdump',
    'strings',
    'base64',
    'base32',
    'wc',
    'sort',
    'uniq',
    'cut',
    'diff',
    'cmp',
    'ls',
    'stat',
    'file',
    'md5sum',
    'sha256sum',
    'readlink',
    'realpath',
    'tree',
    'du',
  ].map((name) => [name, READ] as const),
])

/** Records the files that a program's operands name, for the programs whose operands are known to be files. */
export function recordFiles(program: string, call: Call, shell: Shell): void {
  if (COPIES.has(program)) {
    recordCopy(program, call, shell)
    return
  }
  if (program === 'dd') recordAssigned(call, shell)
  if (program === 'sed' || program === 'perl' || program === 'ruby') recordInPlace(program, call, shell)
  if (program === 'curl' || program === 'wget' || program === 'sort' || program === 'tar' || program === 'unzip')
    recordOutput(program, call, shell)
  const files = PROGRAMS.get(program)
  if (files === undefined) return
  const { flags, operands } = parseOptions(call.argv, {
    values: files.values ?? [],
    long: [
      'recursive',
      'force',
      'interactive',
      'verbose',
      'dir',
      'one-file-system',
      'preserve-root',
      'no-preserve-root',
    ],
  })
  // A program that is asked for help first does nothing else. Behind an operand it may be one: POSIXLY_CORRECT, BSD.
  if (call.argv[1]?.text === '--help' && program !== 'rimraf') return
  const recursive =
    program === 'rimraf' ||
    program === 'trash' ||
    [...flags.keys()].some((flag) => files.recursive?.test(flag) === true)
  for (const argument of operands.slice(files.skip ?? 0))
    shell.use(pathUse({ argument, state: call.state, access: files.access, program, recursive }))
}

/** `cp a b dir`: sources are read (moved), and what lands is the destination or a name inside it. */
function recordCopy(program: string, { argv, state }: Call, shell: Shell): void {
  const { flags, operands } = parseOptions(argv, { values: COPY_VALUES })
  const named = flags.get('t') ?? flags.get('target-directory')
  const destination: Argument | undefined =
    named === undefined ? operands.at(-1) : { text: named, known: true, glob: false }
  const sources = named === undefined ? operands.slice(0, -1) : operands
  const recursive = program === 'rsync' || ['r', 'R', 'a', 'recursive', 'archive'].some((flag) => flags.has(flag))
  const move = program === 'mv'
  for (const argument of sources)
    shell.use(pathUse({ argument, state, access: move ? 'move' : 'read', program, recursive: move }))
  if (destination === undefined || /^[\w.-]+(@[\w.-]+)?:/.test(destination.text)) return
  shell.use(pathUse({ argument: destination, state, access: 'write', program, recursive }))
  for (const source of sources) {
    const base = source.text.replace(/\/+$/, '').split('/').at(-1) ?? ''
    if (base === '' || base === '.' || base === '..') continue
    const inside = {
      text: `${destination.text.replace(/\/+$/, '')}/${base}`,
      known: destination.known && source.known,
      glob: source.glob || destination.glob,
    }
    if (inside.known)
      shell.use(pathUse({ argument: inside, state, access: 'write', program, recursive: recursive || move }))
  }
}

function recordAssigned({ argv, state }: Call, shell: Shell): void {
  for (const { text, known, glob } of argv.slice(1)) {
    const found = /^(if|of)=(.*)$/s.exec(text)
    if (found?.[2] === undefined) continue
    const argument = { text: found[2], known, glob }
    shell.use(pathUse({ argument, state, access: found[1] === 'of' ? 'write' : 'read', program: 'dd' }))
  }
}

/** `sed -i`, `perl -pi`: operands are rewritten. */
function recordInPlace(program: string, { argv, state }: Call, shell: Shell): void {
  const inPlace = argv.some((word) => /^-[a-zA-Z]*i|^--in-place/.test(word.text) && !word.text.startsWith('-e'))
  const { flags, operands } = parseOptions(argv, {
    values: ['e', 'f', 'E', 'expression', 'file'].filter((flag) => program !== 'sed' || flag !== 'E'),
  })
  const files =
    flags.has('e') || (flags.has('E') && program !== 'sed') || flags.has('f') || flags.has('expression')
      ? operands
      : operands.slice(1)
  for (const argument of files) shell.use(pathUse({ argument, state, access: inPlace ? 'write' : 'read', program }))
}

const OUTPUT: Readonly<Record<string, readonly string[]>> = {
  curl: ['o', 'output'],
  wget: ['O', 'output-document', 'P', 'directory-prefix'],
  sort: ['o', 'output'],
  tar: ['C', 'directory'],
  unzip: ['d'],
}

function recordOutput(program: string, { argv, state }: Call, shell: Shell): void {
  const names = OUTPUT[program] ?? []
  const { flags } = parseOptions(argv, { values: [...names, 'f', 'H', 'X', 'd', 'k', 't'] })
  for (const name of names) {
    const text = flags.get(name)
    if (text === undefined || text === '' || text === '-') continue
    const word = argv.find((one) => one.text.endsWith(text))
    shell.use(
      pathUse({
        argument: { text, known: word?.known ?? true, glob: word?.glob ?? false },
        state,
        access: 'write',
        program,
      }),
    )
  }
}
