// Is killed between the payload and its record. Arguments: the built package, the folder of the log.
const [, , bundle, dir] = process.argv
const { recordPersonal } = await import(bundle)
const log = { enabled: true, dir, record: () => process.kill(process.pid, 'SIGKILL') }
await recordPersonal(log, { who: 'cli:alice', what: 'note.taken' }, { name: 'Carol' })
