import type { Argument } from './analysis.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'

/** Programs that bring files from one place to another. */
export const COPIES: ReadonlySet<string> = new Set(['cp', 'mv', 'install', 'ln', 'rsync', 'scp', 'link', 'ditto'])
// Flags with a value as the next word, of all of them.
const VALUES = [
  ...[
    't',
    'target-directory',
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
  ],
  ...['P', 'i', 'files-from', 'exclude-from', 'include-from', 'filter', 'rsync-path', 'port', 'bwlimit'],
]

/** `cp a b dir`: sources are read (moved), and what lands is the destination or a name inside it. */
export function recordCopy(program: string, { argv, state }: Call, shell: Shell): void {
  const { flags, operands } = parseOptions(argv, { values: VALUES })
  const named = flags.get('t') ?? flags.get('target-directory')
  const destination: Argument | undefined =
    named === undefined ? operands.at(-1) : { text: named, known: true, glob: false }
  const sources = named === undefined ? operands.slice(0, -1) : operands
  const recursive = program === 'rsync' || ['r', 'R', 'a', 'recursive', 'archive'].some((flag) => flags.has(flag))
  const move = program === 'mv'
  // Only owner, mode and times are copied: what the file holds stays where it is.
  const attributes = program === 'cp' && flags.has('attributes-only')
  for (const argument of attributes ? [] : sources)
    if (!REMOTE.test(argument.text))
      shell.use(pathUse({ argument, state, access: move ? 'move' : 'read', program, recursive: move }))
  if (destination === undefined || REMOTE.test(destination.text)) return
  const [only, second] = sources
  if (only !== undefined && second === undefined) {
    shell.files.copy(state, only, destination)
    if (program === 'ln' && (flags.has('s') || flags.has('symbolic'))) shell.files.link(state, only, destination)
  }
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

const REMOTE = /^(?:[\w.-]+(?:@[\w.-]+)?|[\w.-]*@?\[[\da-f:]+\]):|^(?:rsync|scp|sftp):\/\//i
