import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from '../exit.js'

// A forger would make a refusal look like something else; without one in the log, any decision will do.
const TARGETS = ['"decision":"DENY', '"decision":"'] as const

/** Copies a log and flips one bit of a decision in it. Gives the line, counted from 1. */
export function flipOneByte(log: string, copy: string): number {
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 })
  copyFileSync(log, copy)
  const bytes = readFileSync(copy)
  const found = TARGETS.find((text) => bytes.includes(text))
  if (found === undefined) throw new CliError('DEMO_FAILED', `${log} holds no decision.`)
  const at = bytes.indexOf(found)
  const target = at + found.length - 1
  bytes[target] = (bytes[target] ?? 0) ^ 1
  writeFileSync(copy, bytes)
  return bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1
}
