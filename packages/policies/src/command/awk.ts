import { parse } from 'unbash'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

const STRING = '"((?:[^"\\\\\\n]|\\\\.){0,2048})"'
const SYSTEM = new RegExp(`\\bsystem\\s*\\(\\s*(?:${STRING}\\s*\\))?`, 'g')
const FROM_COMMAND = new RegExp(`${STRING}\\s*\\|&?\\s*getline`, 'g')
const TO_COMMAND = new RegExp(`\\|&?\\s*${STRING}`, 'g')
const TO_FILE = new RegExp(`\\bprintf?\\b[^;}\\n|]{0,512}>>?\\s*${STRING}`, 'g')
const UNKNOWN_COMMAND =
  /\bprintf?\b[^;}\n"|]{0,512}\|&?\s{0,8}[A-Za-z_$(]|(?<![\w|"])[A-Za-z_$)\]]\w{0,64}\s{0,8}\|&?\s{0,8}getline/
const MAX_CODE = 16_384

/** `awk`: what its programs start and write. */
export function readAwk(code: string, call: Call, shell: Shell): void {
  const text = code.slice(0, MAX_CODE).replace(/\\\n/g, ' ')
  shell.spend(text.length >> 6)
  const run = (source: string | undefined): void => {
    const script = source?.replace(/\\(["\\/])/g, '$1')
    if (script !== undefined && parse(script).errors === undefined)
      shell.nested(script, call.state, { kind: 'unknown', download: false })
  }
  for (const match of text.matchAll(SYSTEM)) {
    // Put together from fields or variables: what runs is known only with the input.
    if (match[1] === undefined) shell.opaque('code', text)
    else run(match[1])
  }
  for (const match of text.matchAll(FROM_COMMAND)) run(match[1])
  for (const match of text.matchAll(TO_COMMAND)) run(match[1])
  if (UNKNOWN_COMMAND.test(text)) shell.opaque('code', text)
  for (const match of text.matchAll(TO_FILE))
    if (match[1] !== undefined && !match[1].startsWith('/dev/std'))
      shell.use(pathUse({ argument: literal(match[1]), state: call.state, access: 'write', program: 'awk' }))
}
