import { McpError } from '../errors.js'

/**
 * `fetch` whose answers end with an error once they hold more than `maxBytes` in one message: the whole body, or one event of
 * a stream of events.
 */
export function boundedFetch(maxBytes: number): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const response = await fetch(url, init)
    const { body, status, statusText, headers } = response
    if (body === null) return response
    const streams = headers.get('content-type')?.includes('text/event-stream') === true
    const bounded = new Response(body.pipeThrough(bound(maxBytes, streams)), { status, statusText, headers })
    // The SDK resolves relative addresses against it, and a response that is made by hand has none.
    Object.defineProperty(bounded, 'url', { value: response.url })
    Object.defineProperty(bounded, 'redirected', { value: response.redirected })
    return bounded
  }
}

function bound(maxBytes: number, streams: boolean): TransformStream<Uint8Array, Uint8Array> {
  let size = 0
  return new TransformStream({
    transform(chunk, controller) {
      // Counting from the last empty line of a chunk is enough: it never counts less than the event under way.
      const end = streams ? Buffer.from(chunk).lastIndexOf('\n\n') : -1
      size = end === -1 ? size + chunk.length : chunk.length - end - 2
      if (size > maxBytes || chunk.length > maxBytes) {
        controller.error(new McpError('TOO_LARGE', `The server sent a message of more than ${maxBytes} bytes.`))
      } else controller.enqueue(chunk)
    },
  })
}
