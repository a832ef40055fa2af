import { MAX_INPUT_BYTES } from '@loki/guard'

/** How long a host may take to write what it asks, in milliseconds; all of them write at once. */
const INPUT_MS = 10_000

/** Standard input, whole; where there is too much, enough of it that it is refused for its size. */
export function readStandardInput(): Promise<string> {
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
