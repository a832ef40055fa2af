import type { Standard } from '../control.js'
import { EU_AI_ACT } from './eu-ai-act.js'
import { GDPR } from './gdpr.js'
import { ISO27001 } from './iso27001.js'
import { ISO42001 } from './iso42001.js'
import { NIST_800_53 } from './nist-800-53.js'
import { SOC2 } from './soc2.js'

/** A standard that a report can be made for. */
export type StandardKind = 'soc2' | 'iso27001' | 'gdpr' | 'eu-ai-act' | 'nist-800-53' | 'iso42001'

/** The standards that reports are made for, by the name that asks for one. */
export const standards: Readonly<Record<StandardKind, Standard>> = {
  soc2: SOC2,
  iso27001: ISO27001,
  gdpr: GDPR,
  'eu-ai-act': EU_AI_ACT,
  'nist-800-53': NIST_800_53,
  iso42001: ISO42001,
}

/** Tells whether a text names a standard. */
export function isStandardKind(text: string): text is StandardKind {
  return Object.hasOwn(standards, text)
}
