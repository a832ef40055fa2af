import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { scan } from '../packages/policies/dist/index.js'

const root = join(import.meta.dirname, '..')
const fixtures = join(root, '../shared/fixtures')
const SOURCE = /\.(?:[cm]?js|[cm]?tsx?)$/
const MAX_FILE = 1_000_000

export const aims = {
  secretsMBps: { least: 20 },
  'hitsPerMB, dependencies': { most: 1 },
  'hitsPerMB, this repository without tests': { most: 1 },
  'found, noseyparker': { least: 0.6 },
  'false, noseyparker': { most: 0.14 },
  'found, kingfisher': { least: 0.6 },
}

/** Texts of source files below a folder, each once, up to so many characters; generated and minified files as they come. */
function sources(folder, { most, skip }) {
  const texts = []
  const seen = new Set()
  let size = 0
  const walk = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (size >= most) return
      const full = join(path, entry.name)
      if (skip.has(entry.name)) continue
      if (entry.isDirectory()) walk(full)
      else if (
        entry.isFile() &&
        SOURCE.test(entry.name) &&
        statSync(full).size <= MAX_FILE &&
        !seen.has(realpathSync(full))
      ) {
        seen.add(realpathSync(full))
        const text = readFileSync(full, 'utf8')
        texts.push(text)
        size += text.length
      }
    }
  }
  walk(folder)
  return texts
}

function hitsPerMB(texts) {
  const hits = texts.reduce((sum, text) => sum + scan(text, { pii: false }).length, 0)
  return hits / (texts.reduce((sum, text) => sum + text.length, 0) / 1_000_000)
}

function speed(text, options) {
  let best = 0
  for (let round = 0; round < 8; round += 1) {
    const start = performance.now()
    scan(text, options)
    best = Math.max(best, text.length / 1000 / (performance.now() - start))
  }
  return best
}

/** Shares found of what is secret and of what is not, by the source of the labelled data. */
function detection() {
  const file = join(fixtures, 'secrets/dev.jsonl')
  if (!existsSync(file)) return {}
  const figures = {}
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const source of ['noseyparker', 'kingfisher', 'secretlint', 'credsweeper']) {
    const share = (expected) => {
      const picked = rows.filter((row) => row.id.startsWith(`${source}:`) && row.expected === expected && isSecret(row))
      const found = picked.filter((row) => scan(row.text, { pii: false }).length > 0)
      return picked.length === 0 ? undefined : found.length / picked.length
    }
    figures[`found, ${source}`] = share(true)
    const alarms = share(false)
    if (alarms !== undefined) figures[`false, ${source}`] = alarms
  }
  return figures
}

// What the page beside the data says to leave out: identifiers, and inner lines of a key.
function isSecret({ expected, categories, type, text }) {
  if (!expected) return true
  return !categories?.includes('identifier') && (type !== 'PEM Private Key' || text.includes('BEGIN'))
}

/** Figures of the scan: megabytes a second on 1 MB of ordinary source, hits per MB of it, shares of the labelled data. */
export async function run() {
  // Tests hold what looks like secrets, as they must.
  const skip = new Set(['.git', 'dist', 'coverage', '.loki', 'node_modules', 'test', 'tests'])
  const dependencies = sources(join(root, 'node_modules/.pnpm'), { most: 40_000_000, skip: new Set(['.bin']) })
  const own = sources(root, { most: 20_000_000, skip })
  const text = dependencies.join('\n').slice(0, 1_000_000)
  return {
    secretsMBps: speed(text, { pii: false }),
    allMBps: speed(text, {}),
    'hitsPerMB, dependencies': hitsPerMB(dependencies),
    'hitsPerMB, this repository without tests': hitsPerMB(own),
    ...detection(),
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await run())
