import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Place } from './loki.js'
import type { Run } from './loki.js'

let place: Place
beforeEach(() => {
  place = new Place()
  mkdirSync(join(place.project, '.loki'))
  writeFileSync(
    join(place.project, '.loki', 'policies.yaml'),
    'policies:\n  pre_execution:\n    - { name: ask, command: deploy, action: require_approval }\n',
  )
})
afterEach(() => place.remove())

function hook(command: string): Promise<Run> {
  const input = {
    session_id: 's1',
    cwd: place.project,
    hook_event_name: 'PreToolUse',
    permission_mode: 'bypassPermissions',
    tool_name: 'Bash',
    tool_input: { command },
  }
  return place.loki(['hook', 'claude'], { input: JSON.stringify(input) })
}

async function asked(): Promise<string> {
  const { stdout } = await hook('deploy production')
  expect(stdout).toContain('"permissionDecision":"deny"')
  return /apr-[0-9a-f]{32}/.exec(stdout)?.[0] ?? ''
}

it('a denial names the approval; approved, exactly that passes, once', async () => {
  const id = await asked()
  const listed = await place.loki(['approvals', 'list'])
  expect(listed).toMatchObject({ code: 4, stdout: expect.stringMatching(/deploy production/) as string })
  const shown = await place.loki(['approvals', 'show', id.slice(4, 12)])
  expect(shown.stdout).toMatch(/command: deploy production/)
  expect(await place.loki(['approvals', 'approve', id, '--comment', 'go'])).toMatchObject({ code: 0 })
  expect((await hook('deploy staging')).stdout).toContain('"permissionDecision":"deny"')
  expect(await hook('deploy production')).toMatchObject({ code: 0, stdout: '' })
  expect((await hook('deploy production')).stdout).toContain('"permissionDecision":"deny"')
  const log = readFileSync(join(place.project, '.loki', 'audit', 'audit.jsonl'), 'utf8')
  expect(log).toMatch(/"what":"approval\.approved"/)
})

it('a rejection is told to the agent with its comment, and cannot be taken back', async () => {
  const id = await asked()
  expect(await place.loki(['approvals', 'reject', id, '--comment', 'not today'])).toMatchObject({ code: 0 })
  expect((await hook('deploy production')).stdout).toMatch(/rejected by cli:[^ ]+: not today/)
  const late = await place.loki(['approvals', 'approve', id, '--json'])
  expect(late).toMatchObject({ code: 1, stderr: expect.stringMatching(/ALREADY_DECIDED/) as string })
  expect(await place.loki(['approvals', 'list'])).toMatchObject({ code: 0 })
})

it('an id that there is not, or that could be several, is refused', async () => {
  expect(await place.loki(['approvals', 'show', 'apr-0'])).toMatchObject({ code: 1, stdout: '' })
  await asked()
  await hook('deploy staging')
  expect((await place.loki(['approvals', 'approve', 'apr-'])).stderr).toMatch(/2 approvals begin with/)
  expect((await place.loki(['approvals', 'approve', 'apr-', '--until', '2030-01-01'])).code).toBe(2)
})

it('an agent does not answer for itself', async () => {
  const id = await asked()
  expect((await hook(`loki approvals approve ${id}`)).stdout).toContain('"permissionDecision":"deny"')
  expect((await hook(`echo '{}' > .loki/approvals/${id}/decision.json`)).stdout).toContain(
    '"permissionDecision":"deny"',
  )
})
