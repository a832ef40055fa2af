import type { Stage } from './stage.js'

/** What has to be known of an agent CLI to run it against a scripted model. */
export interface Host {
  readonly name: 'claude' | 'codex' | 'gemini'
  /** The file in `models/` that speaks the API of its model. */
  readonly server: string
  /** Where `loki hooks install` puts hooks that this CLI calls without being asked whether it trusts the project. */
  readonly scope: '--project' | '--user'
  /** One run without a terminal, as a person would start it; its own sandbox and questions are off: only hooks are left. */
  readonly byHand: readonly string[]
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
  byHand: ['codex', 'exec', '--json', '--skip-git-repo-check', '--sandbox', 'danger-full-access', 'go'],
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
  byHand: ['gemini', '--prompt', 'go', '--output-format', 'json', '--approval-mode', 'yolo'],
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
  byHand: ['claude', '--print', 'go', '--output-format', 'json', '--allowedTools=Bash,mcp__gov'],
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

function items(value: unknown): readonly Item[] {
  return Array.isArray(value) ? (value as Item[]) : [] // the model server logged what the CLI sent as JSON
}
