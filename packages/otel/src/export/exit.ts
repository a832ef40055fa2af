/** When telemetry flushes by itself: when nothing is left to do, or on a signal. */
export type FlushMoment = 'beforeExit' | NodeJS.Signals

/**
 * Flushes at these moments, and gives what takes the listeners away. When nothing is left to do, it closes: a flush alone would
 * keep the program from ending, again and again. A signal still does what it would have done: where nobody else listens for it,
 * it is raised again after the flush; where somebody does, ending the process stays their business.
 */
export function flushAt(
  moments: readonly FlushMoment[],
  { flush, close }: { readonly flush: () => Promise<void>; readonly close: () => Promise<void> },
): () => void {
  const listeners = moments.map((moment) => {
    const raiseAgain = (): void => {
      process.removeListener(moment, listener)
      if (process.listenerCount(moment) === 0) process.kill(process.pid, moment)
    }
    const listener = (): void => {
      if (moment === 'beforeExit') void close()
      else void flush().finally(raiseAgain)
    }
    process.on(moment, listener)
    return [moment, listener] as const
  })
  return () => {
    for (const [moment, listener] of listeners) process.removeListener(moment, listener)
  }
}
