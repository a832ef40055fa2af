/** Says whether a span that begins now is recorded; `parentSampled` is absent for the first span of a trace. */
export type Sampler = (traceId: string, parentSampled: boolean | undefined) => boolean

/** The samplers of `OTEL_TRACES_SAMPLER`. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

export type SamplerName = (typeof SAMPLERS)[number]

/** The sampler of that name; `ratio`, from 0 to 1, is for those that end in `traceidratio`. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const root = rootSampler(name.replace('parentbased_', ''), ratio)
  if (!name.startsWith('parentbased_')) return root
  return (traceId, parentSampled) => parentSampled ?? root(traceId, undefined)
}

/** The last 56 bits are random by W3C Trace Context level 2, so that every program that samples by them says the same. */
function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_on') return () => true
  if (name === 'always_off') return () => false
  const threshold = (1 - ratio) * 2 ** 56
  return (traceId) => ratio > 0 && parseInt(traceId.slice(-14), 16) >= threshold
}
