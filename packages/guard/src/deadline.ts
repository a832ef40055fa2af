import { GuardError } from './errors.js'

/** Settles as the work does, or rejects with `DEADLINE` when it takes longer than `ms` milliseconds. */
export async function withDeadline<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new GuardError('DEADLINE', `${what} took longer than ${ms} ms.`))
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
