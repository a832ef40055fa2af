import type { HookHost } from './definition.js'

/** What a host's hooks cannot stop, one sentence each: `loki hooks status` says them so that nobody assumes otherwise. */
export const RESIDUAL_HOLES: Readonly<Record<HookHost, readonly string[]>> = {
  claude: [
    'claude started with --bare, --safe-mode, --setting-sources "" or CLAUDE_CODE_SIMPLE does not read these settings; managed settings survive all of them',
    'a project setting disableAllHooks switches hooks off until the next ConfigChange hook refuses it',
    'versions before 2.1.295 do not know onFailure, so a hook that times out lets the call run',
  ],
  codex: [
    'codex skips hooks that are not trusted, and does so silently in codex exec',
    'codex --disable hooks switches them off unless requirements.toml pins [features] hooks = true',
    'no hook is called for write_stdin into an open shell, the hosted web search, or tasks in the cloud',
    'a hook that times out (600 s) lets the call run',
  ],
  gemini: [
    'a project setting hooksConfig.disabled = ["loki"], or hooksConfig.enabled = false, switches the hook off',
    'GEMINI_CLI_SYSTEM_SETTINGS_PATH and a changed HOME replace the settings',
    'a hook that times out (600 s) or is killed lets the call run',
  ],
}
