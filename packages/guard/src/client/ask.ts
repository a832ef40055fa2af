import { connect } from 'node:net'
import { GuardError } from '../errors.js'
import { readLines } from '../server/lines.js'
import { MAX_FRAME_BYTES } from '../server/protocol.js'
import type { Request, Response } from '../server/protocol.js'
import { assertPrivate } from '../server/socket.js'

/** A server that says nothing for this long, not even that it works, is taken for dead. */
const SILENCE_MS = 10_000

/**
 * Sends one request to a guard process and gives its answer. Rejects with the error of the connection where nobody
 * listens, and with `DEADLINE` where a listener stays silent for 10 seconds.
 */
export function askServer(socketPath: string, request: Request, silenceMs: number = SILENCE_MS): Promise<Response> {
  return new Promise((resolve, reject) => {
    assertPrivate(socketPath)
    const socket = connect(socketPath)
    socket.setTimeout(silenceMs, () => {
      socket.destroy(
        new GuardError('DEADLINE', `The guard process on ${socketPath} did not answer for ${silenceMs} ms.`),
      )
    })
    socket.once('error', reject)
    socket.once('close', () => {
      reject(new GuardError('PROTOCOL', `The guard process on ${socketPath} ended without an answer.`))
    })
    readLines(
      socket,
      MAX_FRAME_BYTES,
      (line) => {
        const response = JSON.parse(line) as Response // the server is ours: its folder is private to this user
        if (response.kind === 'waiting') return
        resolve(response)
        socket.destroy()
      },
      () => {
        reject(
          new GuardError('PROTOCOL', `The guard process on ${socketPath} sent more than ${MAX_FRAME_BYTES} bytes.`),
        )
      },
    )
    socket.write(`${JSON.stringify(request)}\n`)
  })
}
