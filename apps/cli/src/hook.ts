import { answerHook, MAX_INPUT_BYTES } from '@loki/guard'
import { startGuardProcess } from './guard-process.js'
import { buildName } from './program-file.js'

/** How long a host may take to write what it asks, in milliseconds; all of them write at once. */
const INPUT_MS = 10_000

/** Answers one call of a host's hook, from standard input to the exit code, in that host's words. */
export async function runHook(host: string): Promise<void> {
  const { stdout, stderr, exitCode } = await answerHook({
    host,
    input: await readInput(),
    build: buildName(),
    startGuard: startGuardProcess,
    decideHere: async (request) => (await import('./decide.js')).decideHere(request),
  })
  await written(process.stdout, stdout)
  await written(process.stderr, stderr)
  process.exit(exitCode)
}

/** Standard input, whole; where there is too much, enough of it that it is refused for its size. */
function readInput(): Promise<string> {
  const { stdin } = process
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const late = setTimeout(() => {
      reject(new Error(`standard input did not end within ${INPUT_MS} ms`))
    }, INPUT_MS)
    const done = (): void => {
      clearTimeout(late)
      stdin.pause()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    stdin.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_INPUT_BYTES) done()
    })
    stdin.on('end', done)
    stdin.on('error', reject)
  })
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
