import type { HookHost } from './definition.js'

/** What a host's hooks cannot stop, one sentence each: `loki hooks status` says them so that nobody assumes otherwise. */
export const RESIDUAL_HOLES: Readonly<Record<HookHost, readonly string[]>> = {
  claude: [
    'claude started with --bare, --safe-mode, --setting-sources "", CLAUDE_CODE_SIMPLE or CLAUDE_CODE_SAFE_MODE does not read these settings; managed settings survive all of them',
    'another PreToolUse hook of the project, the user or a plugin can rewrite a call after it was let through',
    'the env of a settings file reaches the hook, so a project that you trust can set the variables of policies, LOKI_AUDIT_DISABLED too',
    'a project setting disableAllHooks switches hooks off until the next ConfigChange hook refuses it',
    'versions before 2.1.295 do not know onFailure, so a hook that times out lets the call run',
  ],
  codex: [
    'codex skips hooks that are not trusted, and does so silently in codex exec',
    'codex --disable hooks switches them off unless requirements.toml pins [features] hooks = true',
    'what is typed into a terminal that is already open (write_stdin) calls no hook; --disable unified_exec_tty takes such terminals away, as loki start does',
    'the hosted web search and tasks in the cloud call no hook',
    'a hook that times out (600 s) lets the call run',
  ],
  gemini: [
    'gemini --skip-trust, and a folder that is not trusted, ignore the hooks of the project; hooks of the user hold (loki hooks install gemini --user)',
    'another BeforeTool hook of the project, the user or an extension can rewrite a call after it was let through',
    'a project setting hooksConfig.disabled = ["loki"], or hooksConfig.enabled = false, switches the hook off',
    'GEMINI_CLI_HOME, GEMINI_CLI_SYSTEM_SETTINGS_PATH and a changed HOME replace the settings',
    'a hook that times out (600 s) or is killed lets the call run',
  ],
}
