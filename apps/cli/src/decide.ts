// A module of its own, so that a hook which finds a guard process does not load what decides.
export { decideHere } from '@loki/guard'
