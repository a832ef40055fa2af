import type { ProviderName } from './provider.js'

/** Where each agent CLI is told the region of its model; the first that is set counts. */
const REGIONS: Readonly<Partial<Record<ProviderName, readonly string[]>>> = {
  claude: ['CLOUD_ML_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
  gemini: ['GOOGLE_CLOUD_LOCATION'],
}

/** What makes Claude Code call a cloud of its user's rather than Anthropic, whose API names no region. */
const CLOUDS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX']

/** The region that a provider's model runs in, as far as variables say: `LOKI_PROVIDER_REGION` before the host's own. */
export function regionOf(provider: ProviderName, env: NodeJS.ProcessEnv): string | undefined {
  const own = valueOf(env.LOKI_PROVIDER_REGION)
  if (own !== undefined) return own
  if (provider === 'claude' && CLOUDS.every((name) => valueOf(env[name]) === undefined)) return undefined
  return REGIONS[provider]?.map((name) => valueOf(env[name])).find((value) => value !== undefined)
}

function valueOf(value: string | undefined): string | undefined {
  const text = value?.trim() ?? ''
  return text === '' ? undefined : text
}
