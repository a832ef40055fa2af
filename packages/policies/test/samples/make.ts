/** Text with varied characters, made here so that no file holds anything that looks like a key. */
export function made(length: number, alphabet = 'aB3dE5fG7hJ9kLmN2pQrS4tUvW6xYz8'): string {
  let text = ''
  for (let index = 0; text.length < length; index += 1)
    text += alphabet.charAt((index * 7 + (index >> 3) * 5) % alphabet.length)
  return text
}

export const hex = (length: number): string => made(length, '0a1b2c3d4e5f6789')
export const upper = (length: number): string => made(length, 'ABCDEFGHJKLMNPQRSTUVWXYZ234567')
export const lower = (length: number): string => made(length, 'abcdefghijkmnopqrstuvwxyz234567')
export const digits = (length: number): string => made(length, '1029384756')
export const letters = (length: number): string => made(length, 'abCDefGHijKLmnOPqrSTuvWXyz')
export const uuid = (): string => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`

/** A kind, a sample of the least length that its issuer gives, and a near miss; that is the sample less its last character where none is given. */
export type Sample = readonly [kind: string, sample: string, nearMiss?: string]
