import type { Add } from './add.js'

const MAX_LOCAL = 64
const DOMAIN =
  /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})(?![\w-])/y

/** E-mail addresses (RFC 5321), without those of repositories. */
export function findEmails(text: string, add: Add): void {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > 0 && at - start <= MAX_LOCAL && /[A-Za-z0-9.!#$%&*+/=?^_`{|}~'-]/.test(text.charAt(start - 1)))
      start -= 1
    while (start < at && /[^A-Za-z0-9_+]/.test(text.charAt(start))) start += 1
    if (start === at || at - start > MAX_LOCAL || text[at - 1] === '.') continue
    DOMAIN.lastIndex = at + 1
    const domain = DOMAIN.exec(text)
    if (domain === null) continue
    const end = at + 1 + domain[0].length
    // `git@host:path` is an address of a repository; `package@1.2.3` and `icon@2x.png` are none either.
    if (text.slice(start, at) === 'git' || (text[end] === ':' && /[\w~/]/.test(text.charAt(end + 1)))) continue
    if (/^\dx\.[a-z]{3,4}$/.test(domain[0])) continue
    add('email', start, end)
  }
}
