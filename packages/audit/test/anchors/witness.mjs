// Serves a witness until it is killed. argv: entry of the anchors, folder of the witness, key of the one log that it knows
const [entry, dir, vkey] = process.argv.slice(2)
const { serveWitness } = await import(entry)
const { url, key } = await serveWitness({ dir, logs: [vkey] })
console.log(JSON.stringify({ url, key }))
