/**
 * A view while one entry is applied to it. Whatever changes is copied once and then written to; whatever does not is
 * shared with the view before, so that a screen compares by identity and nothing it holds changes under its hands.
 */
import type { View } from '@/protocol/types.gen'

export class Draft {
  /** Copies made for this entry: free to write to. */
  private readonly own = new WeakSet<object>()

  /** The view itself is written to: its caller owns it. */
  constructor(readonly view: View) {}

  /** A map of the view, writable. */
  part<K extends keyof View>(key: K): View[K] {
    return this.inside(this.view, key)
  }

  /** What a writable object holds under `key`, writable. */
  inside<T extends object, K extends keyof T>(holder: T, key: K): T[K] {
    const value = holder[key]
    if (typeof value !== 'object' || value === null || this.own.has(value)) return value
    const copied = (Array.isArray(value) ? [...value] : { ...value }) as T[K] & object
    this.own.add(copied)
    holder[key] = copied
    return copied
  }

  /** An entry of a part, writable; undefined (and nothing copied) when this view does not hold it. */
  entry<K extends Maps>(part: K, key: string): View[K][string] | undefined {
    if (!Object.hasOwn(this.view[part], key)) return undefined
    return this.inside(this.part(part) as Record<string, View[K][string]>, key)
  }

  remove(part: Maps, key: string): void {
    if (Object.hasOwn(this.view[part], key)) delete this.part(part)[key]
  }
}

/** The parts of a view that are maps by id. */
export type Maps = { [K in keyof View]: View[K] extends Record<string, object> ? K : never }[keyof View]
