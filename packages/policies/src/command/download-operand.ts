import type { Argument } from './analysis.js'
import { optionValues } from './option-value.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

/** Flags of curl whose value is the next word. */
export const CURL_VALUES: readonly string[] = [
  ...[
    'o',
    'output',
    'd',
    'data',
    'H',
    'header',
    'X',
    'request',
    'F',
    'form',
    'u',
    'user',
    'A',
    'e',
    'b',
    'c',
    'T',
    'x',
  ],
  ...['m', 'w', 'K', 'E', 'r', 'C', 'D', 'Y', 'y', 'z', 't', 'P', 'Q', 'U', 'url', 'output-dir', 'max-time', 'retry'],
  ...[
    'connect-timeout',
    'data-binary',
    'data-raw',
    'data-urlencode',
    'json',
    'proxy',
    'cacert',
    'cert',
    'key',
    'form-string',
    'upload-file',
    'data-ascii',
  ],
]
/** Flags of wget whose value is the next word. */
export const WGET_VALUES: readonly string[] = [
  ...['O', 'output-document', 'P', 'directory-prefix', 'o', 'a', 'e', 'i', 'T', 't', 'w', 'Q', 'U', 'header', 'tries'],
  ...['timeout', 'post-data', 'post-file', 'user', 'password'],
]
const DOWNLOADERS = /^(curl|wget|wget2|aria2c|axel|http|https|xh|lwp-download|fetch|ftp)$/

export function isDownloader(program: string): boolean {
  return DOWNLOADERS.test(program)
}

/** Where a program puts what it downloads. */
export function recordDownload(program: string, call: Call, shell: Shell): void {
  const { argv, state } = call
  const wget = program.startsWith('wget')
  const curl = program === 'curl'
  const files = optionValues(
    argv,
    wget ? { short: 'O', long: ['output-document'] } : { short: 'o', long: ['output', 'out'] },
  )
  const folders = optionValues(
    argv,
    wget
      ? { short: 'P', long: ['directory-prefix'] }
      : { short: program === 'aria2c' ? 'd' : '', long: ['output-dir', 'dir'] },
  )
  const { flags, operands } = parseOptions(argv, {
    values: curl ? CURL_VALUES : wget ? WGET_VALUES : ['o', 'd', 'out', 'dir'],
  })
  const sources = [...operands, ...optionValues(argv, { long: ['url'] })]
  const local = sources.some(({ text }) => /^file:/i.test(text)) && sources.every(({ text }) => /^file:/i.test(text))
  for (const { text } of sources) {
    const path = /^file:(?:\/\/(?:localhost)?)?(\/.*)$/i.exec(text)?.[1]
    if (path !== undefined) shell.use(pathUse({ argument: literal(path), state, access: 'read', program }))
  }
  // Without a name for it the file is called what the address ends with.
  const named = curl
    ? flags.has('O') || flags.has('remote-name') || flags.has('remote-name-all')
    : program !== 'http' && program !== 'https' && program !== 'xh'
  const written: Argument[] = files
    .filter(({ text }) => !/^(-|\/dev\/(stdout|fd\/1|null))$/.test(text))
    .map((file) => inside(folders[0], file))
  if (files.length === 0 && (named || flags.has('download')))
    for (const { text, known } of sources) {
      const name = (
        text
          .replace(/[?#].*$/, '')
          .split('/')
          .at(-1) ?? ''
      ).trim()
      if (name !== '' && /[/.]/.test(text)) written.push(inside(folders[0], { text: name, known, glob: false }))
    }
  for (const argument of written) {
    shell.use(pathUse({ argument, state, access: 'write', program }))
    shell.files.write(state, argument, { text: undefined, download: !local, decoded: false })
  }
  if (files.length === 0)
    for (const argument of folders) shell.use(pathUse({ argument, state, access: 'write', program }))
}

function inside(folder: Argument | undefined, file: Argument): Argument {
  if (folder === undefined || file.text.startsWith('/')) return file
  return { text: `${folder.text}/${file.text}`, known: folder.known && file.known, glob: folder.glob || file.glob }
}
