import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runNode } from './run-node.js'
import { builtEntry, emptyFolder, packages } from './workspace.js'

const programs = join(import.meta.dirname, 'programs')

type OffObjects = Readonly<Record<string, { readonly reason?: string; readonly open?: unknown }>>
// The table is JavaScript because child processes run it.
const table = (await import(pathToFileURL(join(programs, 'off-objects.mjs')).href)) as {
  readonly offObjects: OffObjects
}
const { offObjects } = table

describe('the table of off objects', () => {
  it('has a line for every package, and none for a package that is gone', () => {
    expect(Object.keys(offObjects).sort()).toEqual(packages.map(({ name }) => name).sort())
  })

  it('says why where a package has none, and a leaf always has one', () => {
    for (const [name, { open, reason }] of Object.entries(offObjects)) {
      expect([name, open === undefined ? (reason?.length ?? 0) > 20 : reason === undefined]).toEqual([name, true])
    }
  })
})

const withOff = packages.filter(({ name }) => offObjects[name]?.open !== undefined)

describe.each(withOff.map((entry) => [entry.manifest.name, entry] as const))('%s, when it is off,', (_, entry) => {
  it('is a frozen object that accepts every call and leaves no trace in the process', async () => {
    const cwd = emptyFolder()
    const report = join(emptyFolder(), 'report.json')
    const ended = await runNode([join(programs, 'off-probe.mjs'), entry.name, builtEntry(entry), report], { cwd })
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual({
      enabled: false,
      frozen: true,
      notCalled: [],
      failed: [],
      seen: { listeners: [], globals: [], builtins: [], resources: [], patched: [], environment: [], files: [] },
    })
  })
})
