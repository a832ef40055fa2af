/** What a program needs to find itself and its user. Nothing else of our environment reaches a server. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TMPDIR'] as const

/** The environment of a server: the few variables that every program needs, and what its configuration names. */
export function serverEnvironment(
  configured: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = env[name]
    if (value !== undefined) kept[name] = value
  }
  return { ...kept, ...configured }
}
