/**
 * Who is asked for in which slot. A source keeps the slot it has for as long as it is wanted: moving it would cost a key frame
 * and a black moment. Pure.
 */

import type { Wish } from '@/protocol/types.gen'

/** A picture somebody looks at, and how tall it is drawn, in device pixels. */
export interface Look {
  readonly source: string
  readonly height: number
}

export type { Wish }

/** `looks` in order of importance; those that find no slot go without a picture. Slots nobody needs are wished at height 0. */
export function seat(mids: readonly string[], before: readonly Wish[], looks: readonly Look[]): Wish[] {
  const tall = new Map<string, number>()
  for (const { source, height } of looks) {
    if (height > 0 && (tall.has(source) || tall.size < mids.length)) tall.set(source, Math.max(height, tall.get(source) ?? 0))
  }
  const seated = new Map<string, string>()
  const placed = new Set<string>()
  for (const { mid, source } of before) {
    if (!mids.includes(mid) || !tall.has(source) || placed.has(source)) continue
    seated.set(mid, source)
    placed.add(source)
  }
  const waiting = [...tall.keys()].filter((source) => !placed.has(source))
  return mids.map((mid) => {
    const source = seated.get(mid) ?? waiting.shift() ?? ''
    return { mid, source, height: tall.get(source) ?? 0 }
  })
}

const STEPS = [0, 90, 180, 270, 360, 540, 720, 1080] as const

/** Heights are asked for in steps, so that dragging a window's edge does not ask at every pixel. */
export function stepped(height: number): number {
  return STEPS.find((step) => height <= step) ?? 1080
}

export function sameWishes(a: readonly Wish[], b: readonly Wish[]): boolean {
  return a.length === b.length && a.every((wish, n) => wish.mid === b[n]?.mid && wish.source === b[n].source && wish.height === b[n].height)
}
