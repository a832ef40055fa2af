import { hookHost } from '../hooks/definition.js'
import type { HookHost } from '../hooks/definition.js'
import { claude } from './claude.js'
import { codex } from './codex.js'
import { copilot } from './copilot.js'
import { cursor } from './cursor.js'
import { gemini } from './gemini.js'
import { opencode } from './opencode.js'
import type { HostAdapter } from './host.js'

const ADAPTERS: Readonly<Record<HookHost, HostAdapter>> = { claude, codex, gemini, opencode, copilot, cursor }

/** The adapter of a host, or `UNKNOWN_HOST` with the names that there are. */
export function adapterOf(host: string): HostAdapter {
  return ADAPTERS[hookHost(host)]
}
