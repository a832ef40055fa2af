import { answerHook } from '@loki/guard'
import { startGuardProcess } from './guard-process.js'
import { buildName } from './program-file.js'
import { readStandardInput } from './standard-input.js'

/** Answers one call of a host's hook, from standard input to the exit code, in that host's words. */
export async function runHook(host: string, event?: string): Promise<void> {
  const { stdout, stderr, exitCode } = await answerHook({
    host,
    ...(event === undefined ? {} : { event }),
    input: await readStandardInput(),
    build: buildName(),
    startGuard: startGuardProcess,
    decideHere: async (request) => (await import('./decide.js')).decideHere(request),
  })
  await written(process.stdout, stdout)
  await written(process.stderr, stderr)
  process.exit(exitCode)
}

/** Resolves when the text has left: `process.exit` drops what is still in a pipe on some systems. */
function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (text === '') {
      resolve()
      return
    }
    stream.on('error', reject) // an answer that does not arrive must not end as silence
    stream.write(text, () => {
      resolve()
    })
  })
}
