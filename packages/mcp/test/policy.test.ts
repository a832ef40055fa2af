import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listTools } from '../src/index.js'
import { Project, textOf } from './gateway.js'

let project: Project
beforeEach(() => {
  project = new Project()
  project.policy(`policies:
  pre_execution:
    - name: no-deaths
      service: gov/die
      action: deny
      reason: nobody dies here
      suggest: use echo
    - name: ask-for-children
      service: gov/child
      action: require_approval
      reason: a child is a lot of work
`)
})
afterEach(() => project.remove())

describe('a policy on tools', () => {
  it('hides what it denies, refuses it by name all the same, and records that', async () => {
    const gateway = await project.open()
    const names = await gateway.names()
    expect(names).toContain('echo')
    expect(names).not.toContain('die')
    const result = await gateway.call('die')
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('Denied by policy: nobody dies here. (rule: no-deaths) Instead: use echo')
    expect(await project.records('action.decided')).toMatchObject([
      { metadata: { decision: 'DENY', rule: 'no-deaths' } },
    ])
  })

  it('shows what a person would have to allow, and says how to ask when it is called', async () => {
    const gateway = await project.open()
    expect(await gateway.names()).toContain('child')
    const result = await gateway.call('child')
    expect(result.isError).toBe(true)
    expect(textOf(result)).toMatch(
      /^Needs a person’s approval: a child is a lot of work\..*Ask the person you work for/,
    )
  })

  it('that changes is in force at once', async () => {
    const gateway = await project.open()
    expect(await gateway.names()).toContain('echo')
    project.policy(
      'policies:\n  pre_execution:\n    - name: silence\n      service: gov\n      action: deny\n      reason: quiet\n',
    )
    expect(await gateway.names()).toEqual([])
    expect(await gateway.text('echo')).toContain('quiet')
  })

  it('that cannot be read shows nothing', async () => {
    project.policy('policies: [')
    const gateway = await project.open()
    expect(await gateway.names()).toEqual([])
    expect((await gateway.call('echo')).isError).toBe(true)
  })

  it('by variables holds as well', async () => {
    const gateway = await project.open({ env: { SCOPE_DENIED_SERVICES: 'gov/echo' } })
    expect(await gateway.names()).not.toContain('echo')
    expect((await gateway.call('echo')).isError).toBe(true)
  })

  it('is what a listing tells', async () => {
    const env = { PATH: process.env.PATH, HOME: project.dir }
    const [listing] = await listTools({ projectDir: project.dir, env, servers: [project.server('gov')] })
    const told = new Map(listing?.tools.map((tool) => [tool.name, tool]))
    expect(told.get('die')).toMatchObject({ shown: false, because: 'policy', decision: 'DENY', rule: 'no-deaths' })
    expect(told.get('child')).toMatchObject({ shown: true, decision: 'REQUIRE_APPROVAL' })
    expect(told.get('echo')).toMatchObject({ shown: true, decision: 'ALLOW' })
  })
})
