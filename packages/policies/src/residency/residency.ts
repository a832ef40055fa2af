/** Where model calls may go. */
export interface Residency {
  /** Providers that may be used, small letters; none listed means any. */
  readonly providers: readonly string[]
  /** Regions that data may go to, small letters; none listed means any. */
  readonly regions: readonly string[]
  /** True: only providers that do not leave this machine. */
  readonly airGapped: boolean
}

/** Whether a provider may be called, and why not. */
export interface ResidencyVerdict {
  readonly allowed: boolean
  readonly reason: string
  /** What to do instead, where it is not allowed. */
  readonly suggest?: string
}

/**
 * Providers that do not leave the machine. A `command` is not among them: nobody knows what a program of one's own does,
 * and an endpoint on the loopback may well pass on what it gets.
 */
const ON_THIS_MACHINE: readonly string[] = ['local', 'ollama', 'replay']

/** True where no rule of residency is set, and every provider may be called. */
export function isUnrestricted({ providers, regions, airGapped }: Residency): boolean {
  return providers.length === 0 && regions.length === 0 && !airGapped
}

/**
 * Whether a provider may be called in a region. Names are compared whole, in capitals and small letters alike. A region
 * that is not known is in no list.
 */
export function checkProvider(
  provider: string | undefined,
  region: string | undefined,
  { providers, regions, airGapped }: Residency,
): ResidencyVerdict {
  const name = provider?.trim().toLowerCase() ?? ''
  const place = region?.trim().toLowerCase() ?? ''
  if (airGapped && !ON_THIS_MACHINE.includes(name))
    return refused(
      `${named(name)} leaves this machine, and air-gapped mode is on`,
      `use ${ON_THIS_MACHINE.join(', ')}, or turn air-gapped mode off`,
    )
  if (providers.length > 0 && !providers.includes(name))
    return refused(`${named(name)} is not among the providers that may be used`, `use ${providers.join(', ')}`)
  if (regions.length > 0 && !regions.includes(place))
    return refused(
      place === ''
        ? 'the region is not known, and only listed regions may be used'
        : `the region ${place} may not be used`,
      `use a provider in ${regions.join(', ')} that says its region`,
    )
  return { allowed: true, reason: 'residency does not object' }
}

function refused(reason: string, suggest: string): ResidencyVerdict {
  return { allowed: false, reason, suggest }
}

function named(provider: string): string {
  return provider === '' ? 'a provider that is not named' : `the provider ${provider}`
}
