// Forwards a log until it is killed. argv: entry of the forwarding, folder of the log, variables as JSON
const [entry, dir, env] = process.argv.slice(2)
const { openForwarding } = await import(entry)
const forwarding = openForwarding({ dir, env: JSON.parse(env), pollMs: 5, backoff: { firstMs: 5, mostMs: 50 } })
forwarding.start()
console.log('started')
