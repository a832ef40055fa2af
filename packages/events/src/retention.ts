import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EventsError, messageOf } from './errors.js'
import { writeFloor } from './floor.js'
import { type Folders, remove } from './folders.js'
import { type GroupPlace, placesOf } from './groups.js'
import type { EventLog } from './log.js'
import { writeLostPlace } from './lost-place.js'
import type { Limits, Settings } from './options.js'
import { firstOf, segmentName } from './segment.js'

/** What became of the old part of a log. */
export type PruneReport = {
  /** The lowest number that the log still holds. */
  readonly first: number
  readonly segments: number
  readonly bytes: number
  /** Groups for which segments are kept that are old enough to go. */
  readonly waiting: readonly GroupPlace[]
  /** Groups that waited too long: from `next` to `first` - 1 they will not get. */
  readonly lost: readonly GroupPlace[]
}

type Segment = { readonly first: number; readonly bytes: number; readonly mtimeMs: number }

const DAY_MS = 86_400_000
const MEGABYTE = 1024 * 1024

/**
 * Removes the segments that every group has behind it and that are beyond the limits of keeping; and those beyond the
 * limits of holding, whoever still waits for them. To be called after a pass: names that leave the log must not be
 * pending any more, or they would be numbered again.
 *
 * The floor is raised durably before the first file goes, oldest first: killed anywhere, the next call finishes.
 */
export function prune(folders: Folders, options: { readonly log: EventLog; readonly settings: Settings }): PruneReport {
  const { log, settings } = options
  const { keep, hold } = settings.retention
  const segments = measure(folders, log)
  const places = placesOf(folders, log)
  const keepFrom = cut(segments, { limits: keep, now: settings.now() }) ?? log.first
  const holdFrom = cut(segments, { limits: hold, now: settings.now() }) ?? log.first

  // A group that lost its place stands where the log begins, and may hold from there on.
  const behind = places.map(({ group, next }) => ({ group, next, at: Math.max(next, log.first) }))
  const waiting = behind.filter(({ at }) => at < keepFrom && at >= holdFrom)
  const lost = behind.filter(({ at }) => at < holdFrom)

  // Room first, by what nobody waits for: a full disk may have none for the records of what is lost.
  const freed = raise(folders, { log, seq: Math.min(keepFrom, ...behind.map(({ at }) => at)) })
  for (const place of lost) recordLoss(folders, place, { log, settings, to: holdFrom - 1 })
  const forced = raise(folders, { log, seq: Math.min(holdFrom, keepFrom) })

  for (const { group, at } of waiting) {
    const text = `group ${group} stands at ${at} and keeps ${keepFrom - at} events from being removed; serve it, or remove ${join(folders.groups, `${group}.json`)}`
    settings.report(new EventsError('HELD_UP', text))
  }
  return {
    first: log.first,
    segments: freed.segments + forced.segments,
    bytes: freed.bytes + forced.bytes,
    waiting: waiting.map(({ group, next }) => ({ group, next })),
    lost: lost.map(({ group, next }) => ({ group, next })),
  }
}

function measure(folders: Folders, log: EventLog): Segment[] {
  const segments: Segment[] = []
  for (const first of log.firsts) {
    const stats = statSync(join(folders.log, segmentName(first)), { throwIfNoEntry: false })
    if (stats !== undefined) segments.push({ first, bytes: stats.size, mtimeMs: stats.mtimeMs })
  }
  return segments
}

/**
 * The number from which on segments are within limits; the newest always is.
 *
 * Age is counted in the log's own time: between one segment and the next at most a day, and never backwards. A clock
 * that jumps by years then makes nothing old.
 */
function cut(
  segments: readonly Segment[],
  options: { readonly limits: Limits; readonly now: Date },
): number | undefined {
  const { limits } = options
  let [age, bytes, count] = [0, 0, 0]
  let later = options.now.getTime()
  for (const [index, { bytes: size, mtimeMs }] of [...segments.entries()].reverse()) {
    age += Math.min(Math.max(later - mtimeMs, 0), DAY_MS)
    later = mtimeMs
    bytes += size
    count += 1
    const beyond = age > limits.days * DAY_MS || bytes > limits.megabytes * MEGABYTE || count > limits.segments
    if (beyond && index < segments.length - 1) return segments[index + 1]?.first
  }
  return segments[0]?.first
}

/** Moves the floor up to the segment that holds a number, and removes what then lies below it. */
function raise(
  folders: Folders,
  options: { readonly log: EventLog; readonly seq: number },
): { readonly segments: number; readonly bytes: number } {
  const { log, seq } = options
  const first = log.firsts.findLast((n) => n <= seq) ?? log.first
  if (first > log.first) writeFloor(folders, first)
  log.removeBelow(first)
  const below = readdirSync(folders.log)
    .map(firstOf)
    .filter((n) => n !== undefined && n < log.first)
    .map(Number)
    .sort((a, b) => a - b)
  let bytes = 0
  for (const n of below) {
    const path = join(folders.log, segmentName(n))
    bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0
    remove(path)
  }
  return { segments: below.length, bytes }
}

function recordLoss(
  folders: Folders,
  place: GroupPlace,
  options: { readonly log: EventLog; readonly settings: Settings; readonly to: number },
): void {
  const { log, settings, to } = options
  const { group, next } = place
  let path: string
  try {
    path = writeLostPlace(folders, { group, next, stream: log.stream, to, at: settings.now() })
  } catch (cause) {
    const text = `group ${group} would lose its place, but that cannot be recorded, so nothing more is removed: ${messageOf(cause)}`
    throw new EventsError('WRITE_FAILED', text, { cause })
  }
  const text = `group ${group} waited too long: events ${next} to ${to} are removed; see ${path}`
  settings.report(new EventsError('PLACE_LOST', text))
}
