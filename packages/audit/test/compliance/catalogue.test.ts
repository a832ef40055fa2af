import { describe, expect, it } from 'vitest'
import { standards } from '../../src/compliance/index.js'
import type { StandardKind } from '../../src/compliance/index.js'

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
const from = (prefix: string, first: number, last: number): string[] => numbered(prefix, last).slice(first - 1)

/** Every identifier of each edition, or for statutes and SP 800-53 those of the parts that the catalogue draws on. */
const EDITIONS: Readonly<Record<StandardKind, readonly string[]>> = {
  soc2: [
    ...numbered('CC1.', 5),
    ...numbered('CC2.', 3),
    ...numbered('CC3.', 4),
    ...numbered('CC4.', 2),
    ...numbered('CC5.', 3),
    ...numbered('CC6.', 8),
    ...numbered('CC7.', 5),
    'CC8.1',
    ...numbered('CC9.', 2),
    ...numbered('A1.', 3),
    ...numbered('C1.', 2),
    ...numbered('PI1.', 5),
    'P1.1',
    'P2.1',
    ...numbered('P3.', 2),
    ...numbered('P4.', 3),
    ...numbered('P5.', 2),
    ...numbered('P6.', 7),
    'P7.1',
    'P8.1',
  ],
  iso27001: [...numbered('A.5.', 37), ...numbered('A.6.', 8), ...numbered('A.7.', 14), ...numbered('A.8.', 34)],
  gdpr: [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `Art. 5(1)(${letter})`),
    'Art. 5(2)',
    ...numbered('Art. ', 99),
    'Art. 28(3)',
    'Art. 30(1)',
    'Art. 30(2)',
    ...['a', 'b', 'c', 'd'].map((letter) => `Art. 32(1)(${letter})`),
    ...numbered('Art. 33(', 5).map((id) => `${id})`),
  ],
  'eu-ai-act': [
    ...numbered('Art. ', 113),
    'Art. 12(1)',
    ...['a', 'b', 'c'].map((letter) => `Art. 12(2)(${letter})`),
    'Art. 12(3)',
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `Art. 13(3)(${letter})`),
    ...['a', 'b', 'c', 'd', 'e'].map((letter) => `Art. 14(4)(${letter})`),
    'Art. 15(5)',
    'Art. 18(1)',
    'Art. 19(1)',
    ...numbered('Art. 26(', 12).map((id) => `${id})`),
  ],
  // Without what revision 5 withdrew: AU-7(2), AU-8(1), AU-8(2), AU-10(5), AU-14(2), AU-15, CM-5(2), CM-5(3), CM-5(7).
  'nist-800-53': [
    'AC-3',
    'AC-6',
    'AC-6(9)',
    'AU-2',
    'AU-3',
    'AU-3(1)',
    'AU-3(3)',
    'AU-4',
    'AU-4(1)',
    'AU-5',
    'AU-5(1)',
    'AU-5(2)',
    'AU-6',
    'AU-6(1)',
    'AU-6(3)',
    'AU-7',
    'AU-7(1)',
    'AU-8',
    'AU-9',
    ...numbered('AU-9(', 7).map((id) => `${id})`),
    'AU-10',
    ...numbered('AU-10(', 4).map((id) => `${id})`),
    'AU-11',
    'AU-11(1)',
    'AU-12',
    ...numbered('AU-12(', 4).map((id) => `${id})`),
    'AU-14',
    'CA-7',
    'CM-3',
    'CM-5',
    'CM-5(1)',
    'IA-2',
    'IR-4',
    'IR-5',
    'IR-6',
    'SA-11',
    'SC-7',
    'SI-4',
    'SI-7',
    'SI-7(1)',
  ],
  iso42001: [
    ...from('A.2.', 2, 4),
    ...from('A.3.', 2, 3),
    ...from('A.4.', 2, 6),
    ...from('A.5.', 2, 5),
    ...from('A.6.1.', 2, 3),
    ...from('A.6.2.', 2, 8),
    ...from('A.7.', 2, 6),
    ...from('A.8.', 2, 5),
    ...from('A.9.', 2, 4),
    ...from('A.10.', 2, 4),
  ],
}

describe.each(Object.keys(standards) as StandardKind[])('the catalogue of %s', (kind) => {
  const { controls } = standards[kind]

  it('has no identifier that its edition lacks, and none twice', () => {
    const ids = controls.map(({ id }) => id)
    expect(ids.filter((id) => !EDITIONS[kind].includes(id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('says of every control what it asks, and of every one without evidence what is missing', () => {
    for (const { id, title, asks, evidence, gaps } of controls) {
      expect(title, id).not.toBe('')
      expect(asks, id).toMatch(/\w.{20,}[.?]$/)
      if (evidence.length === 0) expect(gaps, id).not.toEqual([])
    }
  })
})

it('the lists of editions know the withdrawn identifiers as withdrawn', () => {
  expect(EDITIONS.iso27001).toHaveLength(93)
  expect(EDITIONS.iso42001).toHaveLength(38)
  for (const id of ['A.12.4.1', 'A.9.2.1', 'A.14.2.2', 'A.16.1.7', 'A.5.38'])
    expect(EDITIONS.iso27001).not.toContain(id)
  for (const id of ['AU-8(1)', 'AU-15', 'AU-10(5)']) expect(EDITIONS['nist-800-53']).not.toContain(id)
})
