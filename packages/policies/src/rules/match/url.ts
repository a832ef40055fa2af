import type { Facts } from '../facts.js'
import { type Address, addressesOf } from './address.js'
import { allCommands, type Selection } from './command.js'
import { type Answer, anyOf, ASPECT, type Condition } from './condition.js'
import { readUrl, urlMatcher } from './host.js'

/** `url`: the action, or one of its commands, names an address of these. */
export function urlCondition(patterns: readonly string[], selection: Selection): Condition {
  const matchers = patterns.map(urlMatcher)
  const answer = (address: Address): Answer => {
    if (address === undefined) return 'unknown'
    const url = readUrl(address)
    if (url === undefined) return 'missing'
    return matchers.some((matches) => matches(url)) ? 'yes' : 'no'
  }
  const addresses = ({ input }: Facts, from: Address[]): readonly Address[] =>
    input.url === undefined ? from : [input.url, ...from]
  return {
    field: 'url',
    wanted: patterns,
    aspects: ASPECT.network,
    ask(facts) {
      const all = addresses(facts, selection(facts).flatMap(addressesOf))
      if (all.length === 0) return facts.input.kind === 'network' ? 'missing' : 'no'
      return anyOf(all.map(answer))
    },
    covers(facts) {
      const all = addresses(facts, allCommands(facts).flatMap(addressesOf))
      return all.length > 0 && all.every((address) => answer(address) === 'yes')
    },
    found(facts) {
      const all = addresses(facts, selection(facts).flatMap(addressesOf))
      return all.length === 0 ? 'nothing' : all.map((address) => address ?? 'one that is not known').join(', ')
    },
  }
}
