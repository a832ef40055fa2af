import type { Action } from '@loki/guard'
import type { Provider } from '../providers/provider.js'
import { regionOf } from '../providers/region.js'
import type { Session } from '../sessions/session.js'

/**
 * Asks the guard whether the provider may call its model once more, given what the session has used so far; the reason
 * where it may not. This is where `resource` rules (`max_tokens`, `providers`, residency) bind, and where a prompt with a secret is
 * held back: an agent whose hook refuses the prompt ends as if it had nothing to do. A replayed agent calls no model.
 */
export async function modelCallRefusal(
  session: Session,
  { provider, env }: { readonly provider: Provider; readonly env: NodeJS.ProcessEnv },
  prompt: string,
): Promise<string | undefined> {
  if (provider.name === 'replay') return undefined
  const { tokensUsed } = session
  const region = regionOf(provider.name, env)
  const call: Action = {
    kind: 'model_call',
    session: session.id,
    agent: 'main',
    host: 'cli',
    tool: 'model',
    cwd: session.projectDir,
    projectDir: session.projectDir,
    provider: provider.name,
    ...(region === undefined ? {} : { region }),
    ...(tokensUsed === undefined ? {} : { tokensUsed }),
  }
  const verdict = await session.guard.check(call, { signal: session.stopSignal })
  if (verdict.decision !== 'ALLOW') return `the model was not called: ${verdict.reason}`
  const sent = await session.guard.checkPrompt({ ...call, tool: 'prompt', content: prompt })
  return sent.decision === 'ALLOW' ? undefined : `the prompt was not sent: ${sent.reason}`
}
