/**
 * What an amendment changed. The wire carries the new order whole; the earlier one is found by earlier.ts, and the two are
 * compared here. Pure.
 */
import type { Order } from '@/protocol/types.gen'

export const PARTS = ['title', 'priority', 'clocks', 'relay', 'fields', 'attachments'] as const
export type Part = (typeof PARTS)[number]

export interface Piece {
  readonly text: string
  readonly mark: 'same' | 'added' | 'removed'
}

export interface Changes {
  readonly parts: readonly Part[]
  /** the text by sentences; null when it is the same */
  readonly text: readonly Piece[] | null
}

export function changesBetween(was: Order, now: Order): Changes {
  const parts = PARTS.filter((part) => JSON.stringify(was[part]) !== JSON.stringify(now[part]))
  return { parts, text: was.text === now.text ? null : compare(sentences(was.text), sentences(now.text)) }
}

export function sentences(text: string): string[] {
  return text.split(/(?<=[。;;!!??\n])/).filter((piece) => piece !== '')
}

/** The longest common run of sentences stays; the rest is removed or added, in reading order. */
export function compare(was: readonly string[], now: readonly string[]): Piece[] {
  const longest = Array.from({ length: was.length + 1 }, () => new Array<number>(now.length + 1).fill(0))
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0
  for (let i = was.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = longest[i]
      if (row) row[j] = was[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pieces: Piece[] = []
  let i = 0
  let j = 0
  while (i < was.length || j < now.length) {
    const before = was[i]
    const after = now[j]
    if (before !== undefined && before === after) {
      pieces.push({ text: before, mark: 'same' })
      i += 1
      j += 1
    } else if (before !== undefined && (after === undefined || at(i + 1, j) >= at(i, j + 1))) {
      pieces.push({ text: before, mark: 'removed' })
      i += 1
    } else {
      pieces.push({ text: after ?? '', mark: 'added' })
      j += 1
    }
  }
  return pieces
}
