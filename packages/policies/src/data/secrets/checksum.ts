import { crc32 } from 'node:zlib'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** GitHub's and npm's tokens: a prefix, 30 characters, and their CRC32 as six digits to the base of 62. */
export function hasBase62Crc(token: string): boolean {
  const body = token.slice(token.indexOf('_') + 1)
  return body.length === 36 && base62(crc32(body.slice(0, 30))).padStart(6, '0') === body.slice(30)
}

function base62(number: number): string {
  let digits = ''
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62.charAt(rest % 62) + digits
  return digits
}

/** Bitbucket's app passwords: the last eight characters are the CRC32 of all before them, in hexadecimal. */
export function hasHexCrc(token: string): boolean {
  return crc32(token.slice(0, -8)).toString(16).padStart(8, '0') === token.slice(-8).toLowerCase()
}

const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

/** Bech32 of BIP 173, as age writes its keys. */
export function isBech32(text: string): boolean {
  const lower = text.toLowerCase()
  const split = lower.lastIndexOf('1')
  const prefix = Array.from(lower.slice(0, split)).map((char) => char.charCodeAt(0))
  const data = Array.from(lower.slice(split + 1)).map((char) => BECH32.indexOf(char))
  if (data.includes(-1)) return false
  let sum = 1
  for (const value of [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (const [bit, part] of GENERATOR.entries()) if (((top >> bit) & 1) === 1) sum ^= part
  }
  return sum === 1
}

/** The seeds of NATS: base32 whose last two bytes are the CRC16 (XMODEM) of the rest, low byte first. */
export function isNkeySeed(seed: string): boolean {
  const bytes = base32Bytes(seed)
  let crc = 0
  for (const byte of bytes.slice(0, -2)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff
  }
  return bytes.at(-2) === (crc & 0xff) && bytes.at(-1) === crc >> 8
}

function base32Bytes(text: string): readonly number[] {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const char of text) {
    held = ((held << 5) | BASE32.indexOf(char)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
  }
  return bytes
}

/** True for base64url text that is a JSON object with the field. */
export function holdsJson(text: string, field: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && field in value
  } catch {
    return false
  }
}
