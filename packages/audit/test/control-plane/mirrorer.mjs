// Mirrors again and again until it is killed. Arguments: the built package, the folder of the log.
const [, , bundle, dir] = process.argv
const { mirrorControlPlane } = await import(bundle)
console.log('began')
for (;;) await mirrorControlPlane(dir, { now: () => new Date('2026-02-01T12:00:00Z'), env: {} })
