import { ALNUM, HEX, marked, token, UUID, WORD, type SecretKind } from '../kind.js'

/** Models, and what is built round them. */
export const aiKinds = (): readonly SecretKind[] => [
  marked('openai_key', 'T3BlbkFJ', { lead: '[A-Za-z0-9_-]{10,120}', chars: WORD, most: 120, rest: `${WORD}{16,120}` }),
  token('openai_key', ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'], `${WORD}{40,200}`),
  token('openai_key', 'sk-', `${ALNUM}{40,64}`, { entropy: 3.5 }),
  token('deepseek_key', 'sk-', `${HEX}{32}`),
  token('openrouter_key', 'sk-or-v1-', `${HEX}{64}`),
  token('anthropic_key', 'sk-ant-', `[a-z]{3,8}\\d{2}-${WORD}{80,120}`),
  token('helicone_key', 'sk-helicone-', '[a-z0-9-]{28,60}'),
  token('langfuse_secret_key', ['sk-lf-'], UUID),
  token('langsmith_key', ['lsv2_pt_', 'lsv2_sk_'], `${HEX}{32}_${HEX}{10}`),
  token('huggingface_token', ['hf_', 'api_org_'], '[A-Za-z]{34}'),
  token('groq_key', 'gsk_', `${ALNUM}{52}`),
  token('replicate_token', 'r8_', `${ALNUM}{37,48}`),
  token('perplexity_key', 'pplx-', `${ALNUM}{48,56}`),
  token('xai_key', 'xai-', `${WORD}{70,90}`),
  token('nvidia_key', 'nvapi-', `${WORD}{60,72}`),
  token('together_key', 'tgp_v1_', `${WORD}{43}`),
  token('fireworks_key', 'fw_', `${ALNUM}{24}`, { entropy: 3.5, holds: hasDigit }),
  token('cerebras_key', 'csk-', '[a-z0-9]{48}'),
  token('elevenlabs_key', 'sk_', `${HEX}{48}`),
  token('tavily_key', ['tvly-', 'tvly-dev-', 'tvly-prod-'], `${ALNUM}{32}`),
  token('firecrawl_key', 'fc-', `${HEX}{32}`),
  token('brave_search_key', 'BSA', `${WORD}{27,28}`, { entropy: 3.8, holds: hasDigit }),
  token('pinecone_key', 'pcsk_', `${ALNUM}{5,6}_${ALNUM}{60,64}`),
  token('voyage_key', 'pa-', `${WORD}{43}`, { entropy: 4, holds: hasDigit }),
  token('jina_key', 'jina_', `${HEX}{32}${WORD}{28,32}`),
  token('llamaindex_key', 'llx-', `${WORD}{48}`),
  token('llama_key', 'LLM|', `\\d{10,20}\\|${WORD}{27}`),
  token('e2b_key', 'e2b_', `${HEX}{40}`),
  token('modal_token', ['ak-', 'as-'], `${ALNUM}{22}`, { entropy: 3.8, holds: hasDigit }),
  token('runpod_key', 'rpa_', '[A-Z0-9]{40,50}'),
  token('apify_token', 'apify_api_', `${ALNUM}{34,36}`),
  token('browserbase_key', ['bb_live_', 'bb_test_'], `${WORD}{27}`),
  token('friendli_token', 'flp_', `${ALNUM}{46,50}`),
  token('databricks_token', 'dapi', `${HEX}{32}(?:-\\d)?`, { entropy: 2.8 }),
  token('weights_and_biases_key', 'wandb_v1_', `${WORD}{60,90}`),
  token('wundergraph_key', 'cosmo_', `${HEX}{32}`),
  token('cursor_key', 'key_', `${HEX}{64}`),
]

function hasDigit(value: string): boolean {
  return (value.match(/\d/g)?.length ?? 0) >= 2 && /[A-Z]/.test(value)
}
