// Watches what a piece of code does to its process. Everything it needs is taken before the watched code can change it.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

const { writeFileSync } = fs
const realEnv = process.env

/** Begins to record; the function it gives ends that and tells what was seen. */
export function watchProcess() {
  const before = snapshot()
  const env = watchEnvironment()
  const files = watchFiles()
  return () => {
    const after = snapshot()
    return {
      listeners: added(before.listeners, after.listeners),
      globals: added(before.globals, after.globals),
      builtins: added(before.builtins, after.builtins),
      resources: addedOften(before.resources, after.resources),
      patched: [...before.functions.keys()].filter((key) => before.functions.get(key) !== after.functions.get(key)),
      environment: [...env],
      files: [...files],
    }
  }
}

/** Lets everything that was started come to light: ticks, immediates, and timers of up to 50 ms. */
export async function settle() {
  await sleep(50)
  await setImmediate()
}

/** Hands the findings to the test by a file, for printing is one of the things that are watched. */
export function report(path, findings) {
  writeFileSync(path, JSON.stringify(findings))
}

function snapshot() {
  return {
    listeners: process.eventNames().map((name) => `${String(name)} x${process.listenerCount(name)}`),
    globals: Reflect.ownKeys(globalThis).map(String),
    builtins: process.moduleLoadList.filter(
      (name) => /^NativeModule [a-z0-9_/]+$/.test(name) && !name.includes('internal/'),
    ),
    resources: process.getActiveResourcesInfo(),
    functions: new Map([
      ...functionsOf('process', process),
      ...functionsOf('Object.prototype', Object.prototype),
      ...functionsOf('Array.prototype', Array.prototype),
      ...functionsOf('Promise', Promise),
      ...functionsOf('console', console),
      ['fetch', globalThis.fetch],
      ['setTimeout', globalThis.setTimeout],
    ]),
  }
}

function functionsOf(name, object) {
  return Object.entries(Object.getOwnPropertyDescriptors(object))
    .filter(([, { value }]) => typeof value === 'function')
    .map(([key, { value }]) => [`${name}.${key}`, value])
}

/** Every name that is asked for in process.env. */
function watchEnvironment() {
  const seen = new Set()
  const note = (name) => {
    if (typeof name === 'string') seen.add(name)
  }
  const env = new Proxy(realEnv, {
    get: (target, name) => (note(name), target[name]),
    has: (target, name) => (note(name), name in target),
    ownKeys: (target) => (note('(all names)'), Reflect.ownKeys(target)),
    getOwnPropertyDescriptor: (target, name) => (note(name), Reflect.getOwnPropertyDescriptor(target, name)),
    set: (target, name, value) => (note(`${String(name)} (set)`), Reflect.set(target, name, value)),
  })
  Object.defineProperty(process, 'env', { value: env, configurable: true })
  return seen
}

/** Every call of a function of `fs` or `fs.promises` with a path in it. */
function watchFiles() {
  const seen = new Set()
  for (const [prefix, object] of [
    ['fs', fs],
    ['fs.promises', fs.promises],
  ]) {
    for (const [name, { value, writable }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (typeof value !== 'function' || !writable || /^[A-Z_]/.test(name)) continue
      const watched = function (...args) {
        const [path] = args
        seen.add(`${prefix}.${name} ${typeof path === 'number' ? `fd ${path}` : String(path)}`)
        return Reflect.apply(value, this, args)
      }
      object[name] = Object.assign(watched, value)
    }
  }
  syncBuiltinESMExports()
  return seen
}

function added(before, after) {
  const known = new Set(before)
  return after.filter((item) => !known.has(item))
}

function addedOften(before, after) {
  const left = [...before]
  return after.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
