// A runner in a process of its own, for tests that kill it. Arguments: project, program and its arguments.
import { join } from 'node:path'
import { openAudit } from '@loki/audit'
import { openEvents } from '@loki/events'
import { openGuard } from '@loki/guard'
import { startSession } from '../../src/index.ts'

const [projectDir = '', ...command] = process.argv.slice(2)
const audit = openAudit({ dir: join(projectDir, '.loki', 'audit'), enabled: true })
const events = openEvents({ dir: join(projectDir, '.loki', 'events'), enabled: true })
const guard = openGuard({ projectDir, audit, events, enabled: true })
try {
  const result = await startSession({
    projectDir,
    prd: 'PRD.md',
    provider: 'command',
    command,
    guard,
    audit,
    events,
    hookCommand: [process.execPath, '-e', '0'],
  })
  process.stdout.write(`${result.status} ${result.reason ?? ''}\n`)
} catch (thrown) {
  process.stdout.write(`refused ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
} finally {
  await events.close()
  await audit.close()
}
