import type { Stage } from './stage.js'

/** What has to be known of an agent CLI to run it against a scripted model. */
export interface Host {
  readonly name: 'claude' | 'codex' | 'gemini' | 'opencode' | 'copilot'
  /** Whether `loki start` drives it; the others are governed where a person starts them. */
  readonly provider: boolean
  /** The file in `models/` that speaks the API of its model. */
  readonly server: string
  /** Where `loki hooks install` puts hooks that this CLI calls without being asked whether it trusts the project. */
  readonly scope: '--project' | '--user'
  /** How the model is told that a call was refused by a hook that could not decide. */
  readonly refusedBlindly: string
  /** One run without a terminal, as a person would start it; its own sandbox and questions are off: only hooks are left. */
  readonly byHand: (prompt: string) => readonly string[]
  configure(stage: Stage): void
  environment(modelUrl: string): Readonly<Record<string, string>>
  /** The results of tools in one request to the model. */
  results(body: Body): readonly unknown[]
}

type Body = Readonly<Record<string, unknown>>
type Item = Readonly<Record<string, unknown>>

export const codex: Host = {
  name: 'codex',
  server: 'openai-responses.mjs',
  scope: '--user',
  provider: true,
  refusedBlindly: 'refused, or could not be checked',
  byHand: (prompt) => ['codex', 'exec', '--json', '--skip-git-repo-check', '--sandbox', 'danger-full-access', prompt],
  configure(stage) {
    stage.write('home/.codex/config.toml', (url) =>
      [
        `model = ${JSON.stringify(stage.model)}`,
        'model_provider = "scripted"',
        'check_for_update_on_startup = false',
        'cli_auth_credentials_store = "file"',
        '[model_providers.scripted]',
        'name = "scripted"',
        `base_url = "${url}/v1"`,
        'wire_api = "responses"',
        'env_key = "SCRIPTED_MODEL_KEY"',
        'request_max_retries = 0',
        'stream_max_retries = 0',
        'supports_websockets = false',
        '[analytics]',
        'enabled = false',
        '[mcp_servers.gov]',
        'command = "node"',
        `args = [${JSON.stringify(stage.mcpServer)}]`,
      ].join('\n'),
    )
  },
  environment: () => ({ SCRIPTED_MODEL_KEY: 'dummy' }),
  results: (body) => items(body.input).flatMap((item) => (String(item.type).endsWith('_output') ? [item.output] : [])),
}

export const gemini: Host = {
  name: 'gemini',
  server: 'gemini.mjs',
  scope: '--project',
  provider: true,
  refusedBlindly: 'refused, or could not be checked',
  byHand: (prompt) => ['gemini', '--prompt', prompt, '--output-format', 'json', '--approval-mode', 'yolo'],
  configure(stage) {
    stage.write('home/.gemini/settings.json', () =>
      JSON.stringify({
        security: { auth: { selectedType: 'gemini-api-key' } },
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        model: { name: 'gemini-2.5-pro' },
        mcpServers: { gov: { command: 'node', args: [stage.mcpServer] } },
      }),
    )
  },
  environment: (url) => ({
    GEMINI_API_KEY: 'dummy',
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    NO_BROWSER: '1',
  }),
  results: (body) =>
    items(body.contents)
      .flatMap(({ parts }) => items(parts))
      .flatMap(({ functionResponse }) => (functionResponse === undefined ? [] : [functionResponse])),
}

export const claude: Host = {
  name: 'claude',
  server: 'anthropic.mjs',
  scope: '--project',
  provider: true,
  refusedBlindly: 'refused, or could not be checked',
  byHand: (prompt) => ['claude', '--print', prompt, '--output-format', 'json', '--allowedTools=Bash,mcp__gov'],
  configure(stage) {
    stage.write('home/.claude.json', () =>
      JSON.stringify({ mcpServers: { gov: { command: 'node', args: [stage.mcpServer] } } }),
    )
  },
  environment: (url) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'sk-ant-dummy',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
  }),
  results: (body) =>
    items(body.messages)
      .flatMap(({ content }) => items(content))
      .flatMap((part) => (part.type === 'tool_result' ? [part.content] : [])),
}

export const opencode: Host = {
  name: 'opencode',
  server: 'openai-chat.mjs',
  scope: '--project',
  provider: false,
  refusedBlindly: 'could not be checked',
  byHand: (prompt) => ['opencode', 'run', '--format', 'json', prompt],
  configure(stage) {
    stage.write('home/.config/opencode/opencode.json', (url) =>
      JSON.stringify({
        autoupdate: false,
        share: 'disabled',
        model: 'scripted/scripted-model',
        small_model: 'scripted/scripted-model',
        enabled_providers: ['scripted'],
        provider: {
          scripted: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Scripted',
            options: { baseURL: `${url}/v1`, apiKey: 'dummy' },
            models: {
              'scripted-model': { name: 'Scripted', tool_call: true, limit: { context: 100_000, output: 8000 } },
            },
          },
        },
        mcp: { gov: { type: 'local', command: ['node', stage.mcpServer], enabled: true } },
      }),
    )
  },
  environment: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    // As soon as there is a plugin it would install a package for it, and wait for a registry that is not there.
    npm_config_offline: 'true',
    npm_config_fetch_retries: '0',
  }),
  results: chatResults,
}

export const copilot: Host = {
  name: 'copilot',
  server: 'openai-chat.mjs',
  scope: '--user',
  provider: false,
  refusedBlindly: 'Denied by preToolUse hook', // it loses the words of a hook that ends with 2
  byHand: (prompt) => [
    ...['copilot', '-p', prompt, '--allow-all-tools', '--output-format', 'json'],
    ...['--disable-builtin-mcps', '--trust-folder'],
  ],
  configure(stage) {
    stage.write('home/.copilot/mcp-config.json', () =>
      JSON.stringify({
        mcpServers: { gov: { type: 'local', command: 'node', args: [stage.mcpServer], tools: ['*'] } },
      }),
    )
  },
  environment: (url) => ({
    COPILOT_OFFLINE: 'true',
    COPILOT_AUTO_UPDATE: 'false',
    COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    COPILOT_PROVIDER_TYPE: 'openai',
    COPILOT_PROVIDER_WIRE_API: 'completions',
    COPILOT_PROVIDER_API_KEY: 'dummy',
    // By this name it offers tools that write files, and not only apply_patch.
    COPILOT_MODEL: 'claude-scripted',
  }),
  results: chatResults,
}

function chatResults(body: Body): readonly unknown[] {
  return items(body.messages).flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
}

function items(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as Item[]) : [] // the model server logged what the CLI sent as JSON
}
