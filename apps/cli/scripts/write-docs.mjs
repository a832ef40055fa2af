// Writes the pages of docs/ that are made from the code.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import prettier from 'prettier'
import { commandReference, configurationReference } from '../dist/reference.mjs'

const pages = { 'configuration.md': configurationReference(), 'cli.md': commandReference() }
for (const [name, text] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url))
  const config = await prettier.resolveConfig(file)
  writeFileSync(file, await prettier.format(text, { ...config, parser: 'markdown' }))
  console.log(`wrote docs/${name}`)
}
