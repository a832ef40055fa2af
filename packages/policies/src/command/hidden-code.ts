import type { Argument } from './analysis.js'

/** What code of another language does with code that it does not spell out. */
export interface HiddenCode {
  /** `code`: runs a text that is not known; `remote_script`: runs what it fetches. */
  readonly kind: 'code' | 'remote_script' | undefined
  /** Texts that it decodes, which may be the code. */
  readonly decoded: readonly string[]
}

const EVALUATES =
  /(?<![.\w])(?:exec|eval|execfile|instance_eval|class_eval|load|loadstring|assert)\s{0,8}\(?\s{0,8}(?!["'`)\s;,]|$)|\bnew Function\s*\(|\.then\(\s*eval\b|\bvm\.run\w+\(|\beval\s*[{$]/
const LITERAL_ONLY = /(?<![.\w])(?:exec|eval)\s*\(\s*(["'`])(?:(?!\1)[^\\]|\\.){0,4096}\1\s*\)/g
const FETCHES =
  /\burlopen\b|\burlretrieve\b|\brequests\.(?:get|post)\b|\bhttpx\.|\bhttps?\.(?:get|request)\b|\bfetch\s*\(|\bNet::HTTP\b|\bLWP::|\bURI\.(?:open|parse)\b|\bfile_get_contents\(\s*["']https?:|\baxios\b/
const DYNAMIC =
  /\bgetattr\s*\(\s*(?:__import__|os\b|subprocess\b|sys\b|builtins\b)|\b__builtins__\b|\bglobals\(\)\s*\[|\bprocess\.binding\b|\bglobalThis\[|\bimportlib\.import_module\(\s*["'](?:os|subprocess|pty)["']|\bmarshal\.loads\b|\bpickle\.loads\b/
const DECODES =
  /\b(b64decode|urlsafe_b64decode|atob|decode64|strict_decode64|base64_decode|decode_base64|b32decode|fromhex|unhexlify|hex2bin|rot13|Buffer\.from)\s*\(\s*b?["'`]([^"'`]{1,8192})["'`](?:\s*,\s*["'](\w+)["'])?/g
const MAX_DECODED = 8

/** Finds code that is decoded, fetched or put together while it runs. */
export function findHiddenCode({ text }: Argument): HiddenCode {
  const evaluates = EVALUATES.test(text.replace(LITERAL_ONLY, ''))
  const decoded = [...text.matchAll(DECODES)]
    .slice(0, MAX_DECODED)
    .map((match) => decode(match[1] ?? '', match[2] ?? '', match[3]))
  if (evaluates && FETCHES.test(text)) return { kind: 'remote_script', decoded }
  return { kind: evaluates || DYNAMIC.test(text) ? 'code' : undefined, decoded }
}

function decode(name: string, text: string, encoding: string | undefined): string {
  if (name === 'rot13') return text.replace(/[a-z]/gi, rotate)
  const hex = name.includes('hex') || encoding === 'hex'
  return Buffer.from(text.replace(/\s+/g, ''), hex ? 'hex' : 'base64').toString('utf8')
}

function rotate(char: string): string {
  const base = char <= 'Z' ? 65 : 97
  return String.fromCharCode(((char.charCodeAt(0) - base + 13) % 26) + base)
}
