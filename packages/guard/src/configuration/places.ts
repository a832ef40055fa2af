import { homedir } from 'node:os'
import { join } from 'node:path'

export type Env = Readonly<Record<string, string | undefined>>

/** `.loki/config.yaml` of the project, then `loki-mode/config.yaml` in `XDG_CONFIG_HOME` or `~/.config`. */
export function configurationFiles(projectDir: string, env: Env): readonly string[] {
  const home = env.XDG_CONFIG_HOME ?? ''
  const user = home.startsWith('/') ? home : join(env.HOME ?? homedir(), '.config')
  return [join(projectDir, '.loki', 'config.yaml'), join(user, 'loki-mode', 'config.yaml')]
}
