/**
 * What leads an agent's hooks to this session's guard, or could make the shell or Node that runs a hook load other code.
 * Agents take variables from the project (`.env`, an `env` setting) where none of that name is set; so all of them are.
 */
const decisive = [
  'LOKI_SESSION_ID',
  'LOKI_PROJECT_DIR',
  'LOKI_GUARD_SOCKET',
  'LOKI_AUDIT_DIR',
  'NODE_OPTIONS',
  'NODE_PATH',
  'BASH_ENV',
  'ENV',
] as const

/** These variables as the session has them; the ones that it does not have are empty, which means unset to every reader. */
export function pinnedVariables(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(decisive.map((name) => [name, env[name] ?? '']))
}
