import type { Provider } from '../providers/provider.js'
import type { Session } from '../sessions/session.js'

/**
 * Asks the guard whether the provider may call its model once more, given what the session has used so far; the reason
 * where it may not. This is where `resource` rules (`max_tokens`, `providers`) bind. A replayed agent calls no model.
 */
export async function modelCallRefusal(session: Session, provider: Provider): Promise<string | undefined> {
  if (provider.name === 'replay') return undefined
  const { tokensUsed } = session
  const verdict = await session.guard.check(
    {
      kind: 'model_call',
      session: session.id,
      agent: 'main',
      host: 'cli',
      tool: 'model',
      cwd: session.projectDir,
      projectDir: session.projectDir,
      provider: provider.name,
      ...(tokensUsed === undefined ? {} : { tokensUsed }),
    },
    { signal: session.stopSignal },
  )
  return verdict.decision === 'ALLOW' ? undefined : `the model was not called: ${verdict.reason}`
}
