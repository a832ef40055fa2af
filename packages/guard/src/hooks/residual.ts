import type { HookHost } from './definition.js'

/** What a host's hooks cannot stop, one sentence each: `loki hooks status` says them so that nobody assumes otherwise. */
export const RESIDUAL_HOLES: Readonly<Record<HookHost, readonly string[]>> = {
  claude: [
    'claude started with --bare, --safe-mode, --setting-sources "", CLAUDE_CODE_SIMPLE or CLAUDE_CODE_SAFE_MODE does not read these settings; managed settings survive all of them',
    'another PreToolUse hook of the project, the user or a plugin can rewrite a call after it was let through',
    'the env of a settings file reaches the hook, so a project that you trust can set the variables of policies, LOKI_AUDIT_DISABLED too',
    'a project setting disableAllHooks switches hooks off until the next ConfigChange hook refuses it',
    'versions before 2.1.295 do not know onFailure, so a hook that times out lets the call run',
    'what a failing call says, and every result while the hook fails, reaches the model as it is: claude lets no hook change that',
  ],
  codex: [
    'codex skips hooks that are not trusted, and does so silently in codex exec',
    'codex --disable hooks switches them off unless requirements.toml pins [features] hooks = true',
    'what is typed into a terminal that is already open (write_stdin) calls no hook; --disable unified_exec_tty takes such terminals away, as loki start does',
    'the hosted web search, view_image and tasks in the cloud call no hook',
    'a hook that times out (600 s) lets the call run',
  ],
  gemini: [
    'gemini --skip-trust, and a folder that is not trusted, ignore the hooks of the project; hooks of the user hold (loki hooks install gemini --user)',
    'another BeforeTool hook of the project, the user or an extension can rewrite a call after it was let through',
    'a project setting hooksConfig.disabled = ["loki"], or hooksConfig.enabled = false, switches the hook off',
    'GEMINI_CLI_HOME, GEMINI_CLI_SYSTEM_SETTINGS_PATH and a changed HOME replace the settings',
    'a hook that times out (600 s) or is killed with its shell lets the call run',
  ],
  opencode: [
    'opencode --pure and OPENCODE_PURE=1 load no plugins; XDG_CONFIG_HOME and a changed HOME lead to other ones',
    'a plugin that is loaded after ours can rewrite a call after it was let through, and runs any code itself',
    'opencode 2 does not load plugins of this form',
    'what a tool says when it fails, and files that a person attaches to a prompt, reach the model as they are',
  ],
  copilot: [
    'copilot calls hooks of the project only in a folder that it trusts (--trust-folder), and says nothing otherwise; hooks of the user hold (loki hooks install copilot --user)',
    'in a folder that is trusted, disableAllHooks in .github/copilot/settings.json switches the hooks of the user off too',
    'COPILOT_HOME and a changed HOME replace the settings',
    'another preToolUse hook can rewrite a call (modifiedArgs) after it was let through',
    'a hook that times out (600 s) lets the call run',
    'what a tool says when it fails reaches the model as it is',
  ],
  cursor: [
    'what is said here comes from the reference of cursor; no version of it was run against Loki',
    'cursor takes a hook that is silent for one that fails, so each call is answered with "allow", which may lift its own question to you',
    'only results of MCP tools can be redacted; a file with a secret is refused instead, and what a command prints reaches the model as it is',
    'Tab completions call other hooks than the agent does, and none of Loki’s',
    'agents in the cloud read the hooks of the project only, and have no guard unless their machine has one',
    'versions that do not know failClosed let the call run when the hook fails',
  ],
}
