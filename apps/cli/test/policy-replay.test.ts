import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Place } from './loki.js'

const DRAFT = `policies:
  pre_execution:
    - name: inside
      rule: file_path must start with project_dir
      action: deny
  data:
    - name: secrets
      type: secret_detection
      action: warn
`

describe('loki policy replay', () => {
  let place: Place
  beforeEach(() => {
    place = new Place()
  })
  afterEach(() => place.remove())

  const act = async (tool: string, input: object): Promise<void> => {
    const call = {
      session_id: 's',
      cwd: place.project,
      hook_event_name: 'PreToolUse',
      tool_name: tool,
      tool_input: input,
    }
    expect((await place.loki(['hook', 'claude'], { input: JSON.stringify(call) })).code).toBe(0)
  }
  const draft = (text = DRAFT): string => {
    const file = join(place.root, 'draft.yaml')
    writeFileSync(file, text)
    return file
  }

  it('refuses a policy that cannot be used, and a file that is not there', async () => {
    expect(await place.loki(['policy', 'replay', draft('policies: nonsense')])).toMatchObject({ code: 1, stdout: '' })
    expect(await place.loki(['policy', 'replay', 'nothing.yaml'])).toMatchObject({ code: 2 })
  })

  it('says which recorded actions would be judged in another way, and which it cannot judge', async () => {
    mkdirSync(join(place.root, 'other'))
    await act('Bash', { command: 'ls' })
    await act('Bash', { command: `touch ${join(place.root, 'other', 'x')}` })
    // Denied for what it holds, which is not on the record.
    const key = ['AKIA', 'IOSFODNN7EXAMPLZ'].join('')
    await act('Write', { file_path: join(place.project, 'a.txt'), content: `aws_access_key_id = ${key}` })
    const run = await place.loki(['policy', 'replay', draft(), '--json'])
    const result = JSON.parse(run.stdout) as { actions: number; unknown: number; changes: object[] }
    expect(result).toMatchObject({ actions: 3, unknown: 1 })
    expect(result.changes).toEqual([
      expect.objectContaining({ seq: 1, was: 'ALLOW', wouldBe: 'DENY', ruleNow: 'inside' }),
    ])
    expect(run.code).toBe(1)
  })

  it('ends with 0 where nothing would change, and is itself on the record', async () => {
    await act('Bash', { command: 'ls' })
    expect(await place.loki(['policy', 'replay'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^0 changes in 1 recorded action\.\n$/) as string,
    })
    const { stdout } = await place.loki(['audit', 'log', '--json', '--what', 'audit.read'])
    expect(stdout).toMatch(/policy replay/)
  })
})
