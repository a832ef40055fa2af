import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyLog } from '../src/index.js'
import { temporary } from './folder.js'

const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'formats', 'audit-log.md')

test('the page of the format verifies its own sample by hand, and so do we', async () => {
  const dir = temporary()
  const page = readFileSync(PAGE, 'utf8')
  const block = (language: string): string => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
  const output = execFileSync('sh', ['-c', block('sh')], { cwd: dir, encoding: 'utf8' })
  expect(output).toBe(block('text'))
  expect(readFileSync(join(dir, 'audit.jsonl'), 'utf8')).toBe(block('jsonl'))
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 2 })
})
