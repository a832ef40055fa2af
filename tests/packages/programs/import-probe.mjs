// Imports one module under watch: import-probe.mjs <file> <report>
import { pathToFileURL } from 'node:url'
import { report, settle, watchProcess } from './probe.mjs'

const [file, path] = process.argv.slice(2)
const end = watchProcess()
await import(pathToFileURL(file).href)
await settle()
report(path, end())
