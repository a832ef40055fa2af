// Does on import everything that a package must not do: it shows that the probe would see it.
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import 'node:http'

process.on('exit', () => undefined)
globalThis.lokiProbe = process.env.LOKI_PROBE ?? 'unset'
process.cwd = () => '/'
writeFileSync('probe.txt', '')
void readFile('/etc/hosts').catch(() => undefined)
setTimeout(() => undefined, 100)
