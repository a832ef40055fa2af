import type { Span, SpanContext } from '../trace/span.js'
import type { StartSpan } from '../trace/tracer.js'
import type { MoreOptions } from './documented.js'

/** The names of the GenAI semantic conventions as they stood in 2026, all "Development": one table to change with them. */
const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  conversation: 'gen_ai.conversation.id',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  tool: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCall: 'gen_ai.tool.call.id',
  toolArguments: 'gen_ai.tool.call.arguments',
  prompt: 'gen_ai.input.messages',
  input: 'gen_ai.usage.input_tokens',
  output: 'gen_ai.usage.output_tokens',
  cacheRead: 'gen_ai.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.usage.cache_creation.input_tokens',
  reasoning: 'gen_ai.usage.reasoning.output_tokens',
} as const

/** Well-known names of those who stand behind our providers; others are passed on as they are. */
const PROVIDERS: Readonly<Record<string, string>> = { claude: 'anthropic', codex: 'openai', gemini: 'gcp.gemini' }

/** One turn of an agent. */
export interface InvokeAgentFacts {
  /** Its name: `claude`. */
  readonly agent: string
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly agentId?: string | undefined
  /** The session. */
  readonly conversation?: string | undefined
  /** Kept only where content is. */
  readonly prompt?: string | undefined
}

/** One call of a tool by an agent. */
export interface ToolFacts {
  readonly tool: string
  /** `function`, `extension` or `datastore`. */
  readonly type?: string | undefined
  readonly callId?: string | undefined
  readonly agent?: string | undefined
  readonly conversation?: string | undefined
  /** Kept only where content is. */
  readonly arguments?: string | undefined
}

/** Tokens that were measured; what was not is absent. `input` is neither read from a cache nor written to one. */
export interface TokenUsage {
  readonly input?: number | undefined
  readonly output?: number | undefined
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
  readonly reasoning?: number | undefined
  /** The model that answered. */
  readonly model?: string | undefined
}

/** The spans of the GenAI semantic conventions. */
export interface GenAiSpans {
  /** `invoke_agent <name>`. */
  startInvokeAgentSpan(parent: SpanContext | undefined, facts: InvokeAgentFacts, options?: MoreOptions): Span
  /** `execute_tool <name>`. */
  startToolSpan(parent: SpanContext | undefined, facts: ToolFacts, options?: MoreOptions): Span
}

export function genAiSpans(start: StartSpan): GenAiSpans {
  return {
    startInvokeAgentSpan: (parent, facts, options) =>
      start(`invoke_agent ${facts.agent}`, { ...options, parent }).setAttributes({
        [GEN_AI.operation]: 'invoke_agent',
        [GEN_AI.agentName]: facts.agent,
        [GEN_AI.agentId]: facts.agentId,
        [GEN_AI.provider]: facts.provider === undefined ? undefined : (PROVIDERS[facts.provider] ?? facts.provider),
        [GEN_AI.requestModel]: facts.model,
        [GEN_AI.conversation]: facts.conversation,
        [GEN_AI.prompt]: facts.prompt,
        'loki.session.id': facts.conversation,
      }),
    startToolSpan: (parent, facts, options) =>
      start(`execute_tool ${facts.tool}`, { ...options, parent }).setAttributes({
        [GEN_AI.operation]: 'execute_tool',
        [GEN_AI.tool]: facts.tool,
        [GEN_AI.toolType]: facts.type,
        [GEN_AI.toolCall]: facts.callId,
        [GEN_AI.agentName]: facts.agent,
        [GEN_AI.conversation]: facts.conversation,
        [GEN_AI.toolArguments]: facts.arguments,
        'loki.session.id': facts.conversation,
      }),
  }
}

/** Puts `gen_ai.usage.*` on a span. There `input_tokens` holds all input, what came from a cache too. */
export function setUsage(span: Span, usage: TokenUsage): Span {
  const { input, cacheRead, cacheWrite } = usage
  const all = input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0)
  return span.setAttributes({
    [GEN_AI.input]: all,
    [GEN_AI.output]: usage.output,
    [GEN_AI.cacheRead]: cacheRead,
    [GEN_AI.cacheWrite]: cacheWrite,
    [GEN_AI.reasoning]: usage.reasoning,
    [GEN_AI.responseModel]: usage.model,
  })
}
