import type { Signal } from '../settings/endpoint.js'

/** What one try came to. `problem` is for people, and holds nothing of what was sent or answered. */
export type Delivery =
  | { readonly kind: 'delivered'; readonly rejected: number }
  | { readonly kind: 'retry'; readonly afterMs?: number; readonly problem: string }
  | { readonly kind: 'refused'; readonly problem: string }

/** Takes requests to where they go. It never rejects. */
export interface Carrier {
  send(signal: Signal, body: string, abort: AbortSignal): Promise<Delivery>
}
