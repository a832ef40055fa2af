import type { EventBus } from './bus.js'

/** The bus that is off: every call is accepted and nothing happens. */
export const offBus: EventBus = Object.freeze({
  enabled: false,
  dir: undefined,
  emit: async (): Promise<undefined> => Promise.resolve(undefined),
  subscribe: ({ group }: { readonly group: string }) =>
    Object.freeze({ group, close: async (): Promise<void> => Promise.resolve() }),
  close: async (): Promise<void> => Promise.resolve(),
})
