import { COPIES, recordCopy } from './copy-operand.js'
import { isDownloader, recordDownload } from './download-operand.js'
import { FILE_PROGRAMS } from './file-table.js'
import { optionValues } from './option-value.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'

const OUTPUTS: ReadonlyMap<string, { readonly short: string; readonly long: readonly string[] }> = new Map([
  ['sort', { short: 'o', long: ['output'] }],
  ['tar', { short: 'C', long: ['directory'] }],
  ['unzip', { short: 'd', long: [] }],
])

/** Records the files that a program's operands name, for the programs whose operands are known to be files. */
export function recordFiles(program: string, call: Call, shell: Shell): void {
  if (COPIES.has(program)) {
    recordCopy(program, call, shell)
    return
  }
  if (isDownloader(program)) recordDownload(program, call, shell)
  if (program === 'tee') recordTee(call, shell)
  if (program === 'dd') recordAssigned(call, shell)
  if (program === 'sed' || program === 'perl' || program === 'ruby') recordInPlace(program, call, shell)
  const output = OUTPUTS.get(program)
  if (output !== undefined)
    for (const argument of optionValues(call.argv, output))
      shell.use(pathUse({ argument, state: call.state, access: 'write', program }))
  const files = FILE_PROGRAMS.get(program)
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
  // A word that is not known may be a flag: what is named beside it is affected as with each of them.
  const mayRecurse = files.recursive !== undefined && operands.some((word) => !word.known && !word.text.startsWith('"'))
  const skip = files.unless?.some((flag) => flags.has(flag)) === true ? 0 : (files.skip ?? 0)
  for (const argument of operands.slice(skip)) {
    const below = recursive || (mayRecurse && argument.known && files.access === 'remove')
    shell.use(pathUse({ argument, state: call.state, access: files.access, program, recursive: below }))
    if (files.access === 'remove') shell.files.remove(call.state, argument)
  }
}

function recordTee(call: Call, shell: Shell): void {
  const { flags, operands } = parseOptions(call.argv)
  const { input } = call
  const content = {
    text: input.kind === 'text' ? input.text : undefined,
    download: input.kind === 'unknown' && input.download,
    decoded: false,
  }
  for (const file of operands) shell.files.write(call.state, file, content, flags.has('a') || flags.has('append'))
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
