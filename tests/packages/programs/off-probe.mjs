// Opens one package with nothing turned on and makes every call, under watch: off-probe.mjs <package> <file> <report>
import { pathToFileURL } from 'node:url'
import { offObjects } from './off-objects.mjs'
import { report, settle, watchProcess } from './probe.mjs'

const [name, file, path] = process.argv.slice(2)
const { open, calls, looksIn } = offObjects[name]
const projectDir = process.cwd()
const input = { kind: 'command', command: 'rm -rf /', cwd: projectDir, projectDir }
const context = { projectDir, input }
const exports = await import(pathToFileURL(file).href)

const end = watchProcess()
const object = open(exports, context)
const failed = []
for (const [call, make] of Object.entries(calls)) {
  try {
    await make(object, context)
  } catch (error) {
    failed.push(`${call}: ${error.message}`)
  }
}
await settle()
const findings = end()

const allowed = [looksIn?.(context) ?? []].flat()
report(path, {
  enabled: object.enabled,
  frozen: Object.isFrozen(object),
  notCalled: Object.keys(object).filter((key) => typeof object[key] === 'function' && !(key in calls)),
  failed,
  seen: {
    ...findings,
    files: findings.files.filter((call) => !allowed.some((place) => call.includes(` ${place}`))),
    builtins: [],
  },
})
