import { programFile } from './program-file.js'

/** What a guard process needs of the environment. The variables of a project come with each request, its secrets never. */
const INHERITED =
  /^(?:HOME|PATH|LANG|LC_[A-Z]+|TMPDIR|TEMP|TMP|USERPROFILE|SystemRoot|LOKI_HOME|LOKI_GUARD_SOCKET|LOKI_GUARD_HTTP_PORT)$/

/** Starts a guard process in the background and does not wait for it. */
export function startGuardProcess(env: NodeJS.ProcessEnv = process.env): void {
  // Loaded here, because nearly every hook finds a guard process and starts none.
  const { spawn } = process.getBuiltinModule('node:child_process')
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => INHERITED.test(name)))
  const child = spawn(process.execPath, [programFile(), 'guard', 'serve'], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: kept,
    windowsHide: true,
  })
  child.on('error', () => undefined) // the hook then decides in its own process
  child.unref()
}
