import type { Match } from '../finding.js'
import type { Add } from './add.js'
import { findAddresses } from './address.js'
import { findEmails } from './email.js'
import { findNumbers } from './number.js'

/** E-mail addresses, phone and card numbers, social security numbers, bank accounts and IP addresses. */
export function findPersonal(text: string): readonly Match[] {
  const matches: Match[] = []
  const add: Add = (kind, start, end) => {
    matches.push({ kind, category: 'pii', start, end })
  }
  findEmails(text, add)
  findNumbers(text, add)
  findAddresses(text, add)
  return matches
}
