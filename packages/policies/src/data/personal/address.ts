import { isIP } from 'node:net'
import type { Add } from './add.js'

const IPV4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g
const IPV6 =
  /(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:|:(?=:))[0-9A-Fa-f:]{1,38}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:]|\.\d)/g
// What names no machine: this host, the loopback, any, all.
const NOBODY = /^(?:0\.|127\.|255\.255\.255\.255$|::1?$)/
const VERSION = /(?:version|release|v|ver|build)["']?[ .:=]{0,3}["'^~<>=]{0,3}$/i

/** IP addresses: private ones too, since they tell of a company's network; loopback, unspecified and broadcast not. */
export function findAddresses(text: string, add: Add): void {
  for (const { 0: value, index } of text.matchAll(IPV4))
    if (isIP(value) === 4 && !NOBODY.test(value) && !VERSION.test(text.slice(Math.max(0, index - 14), index)))
      add('ip_address', index, index + value.length)
  if (!text.includes(':')) return
  for (const { 0: value, index } of text.matchAll(IPV6))
    if (isIP(value) === 6 && !NOBODY.test(value) && /\d/.test(value)) add('ip_address', index, index + value.length)
}
