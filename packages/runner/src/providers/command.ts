import type { Action, Guard } from '@loki/guard'
import { runProcess } from '../process.js'
import { findProgram } from '../processes/program.js'
import type { Provider, ProviderOutcome, ProviderTurn } from './provider.js'

const maxOutputBytes = 256 * 1024
const maxErrorText = 2000

/**
 * Any program as the agent: started in the project once per phase, told the prompt on standard input, and its
 * environment says where it is (`LOKI_TASK_ID`, `LOKI_PHASE`, `LOKI_ITERATION`).
 *
 * The guard decides on its start. What it then does is not seen, unless it calls the hooks or runs in a sandbox.
 */
export function commandProvider(argv: readonly string[], guard: Guard): Provider {
  const [program = '', ...args] = argv
  return {
    name: 'command',
    locate: (env) => Promise.resolve(program === '' ? undefined : findProgram(program, env)),
    async run(turn: ProviderTurn): Promise<ProviderOutcome> {
      const action: Action = {
        kind: 'agent',
        session: turn.session,
        agent: 'main',
        host: 'command',
        tool: 'start',
        cwd: turn.projectDir,
        projectDir: turn.projectDir,
        command: argv.map(quoted).join(' '),
        provider: 'command',
      }
      const verdict = await guard.check(action, { signal: turn.signal })
      if (verdict.decision !== 'ALLOW') {
        return { exitCode: null, text: '', error: `the program was not let start: ${verdict.reason}` }
      }
      const startedAt = performance.now()
      const { onOutput } = turn
      const { exitCode, signal, stdout, stderr } = await runProcess({
        command: findProgram(program, turn.env) ?? program,
        args,
        cwd: turn.projectDir,
        env: turn.env,
        stdin: turn.prompt,
        signal: turn.signal,
        maxOutputBytes,
        ...(onOutput === undefined ? {} : { onStdout: onOutput, onStderr: onOutput }),
      })
      await guard.finished(action, {
        ok: exitCode === 0,
        durationMs: Math.round(performance.now() - startedAt),
        outputBytes: Buffer.byteLength(stdout),
        ...(exitCode === null ? {} : { exitCode }),
      })
      const failure = exitCode === 0 ? '' : stderr.trim().slice(-maxErrorText).toWellFormed()
      return {
        exitCode,
        text: stdout,
        ...(signal === null ? {} : { signal }),
        ...(failure === '' ? {} : { error: failure }),
      }
    },
  }
}

/** One argument as a shell would have to read it, so that policies parse what will really start. */
function quoted(argument: string): string {
  return /^[A-Za-z0-9_/.:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}
