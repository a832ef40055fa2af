import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CloudEvent, fromCloudEvent, type LokiEvent, type Position, toCloudEvent } from '../src/index.js'

type Vectors = {
  readonly both: readonly {
    readonly says: string
    readonly event: LokiEvent
    readonly position?: Position
    readonly cloud: CloudEvent
  }[]
  readonly taken: readonly unknown[]
  readonly refused: readonly { readonly code: string; readonly cloud: unknown }[]
}
const path = join(import.meta.dirname, '../peers/vectors/cloud-events.json')
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors

describe('a CloudEvent', () => {
  it.each(vectors.refused)('that is none of ours is refused with $code: $cloud', ({ code, cloud }) => {
    expect(() => fromCloudEvent(cloud)).toThrow(expect.objectContaining({ code }) as Error)
  })

  it('whose data is no JSON is refused', () => {
    const data: Record<string, unknown> = {}
    data.self = data
    const cloud = { ...vectors.both[0]?.cloud, data }
    expect(() => fromCloudEvent(cloud)).toThrow(expect.objectContaining({ code: 'BAD_EVENT' }) as Error)
  })

  it.each(vectors.both)('is made of an event and gives the same event again: $says', ({ event, position, cloud }) => {
    expect(toCloudEvent(event, position)).toEqual(cloud)
    expect(fromCloudEvent(cloud)).toEqual(event)
    expect(fromCloudEvent(JSON.parse(JSON.stringify(toCloudEvent(event))))).toEqual(event)
  })

  it('with attributes that others have added is taken', () => {
    expect(vectors.taken.map((cloud) => fromCloudEvent(cloud).type)).toEqual(['error', 'error'])
  })
})
