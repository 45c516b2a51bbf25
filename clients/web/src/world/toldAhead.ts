/**
 * A device that has kept nothing yet: the script in the head (vite/ahead.ts) asks for the view over HTTP while the page is
 * still on its way. It is shown as a kept view is, and the line goes on from its cursor; the wire waits until it is painted.
 */
import type { View } from '@/protocol/types.gen'
import type { Cursor } from '@/wire/connection'
import type { KeptView } from '@/wire/keep'

declare global {
  /** set by the script in the head, taken once */
  var firstView: Promise<unknown> | undefined
}

interface Told extends Cursor {
  readonly view: View
  readonly account: string
}

/** The view of `name` (log/account), if it was asked for and has come; a failure is nobody's trouble: the line brings it. */
export async function toldAhead(name: string): Promise<KeptView | null> {
  const begun = globalThis.firstView
  globalThis.firstView = undefined
  const told = (await begun?.catch(() => null)) as Told | null | undefined
  if (!told || `${told.view.log}/${told.account}` !== name) return null
  const { epoch, seq, scope, mark, view } = told
  return { cursor: { epoch, seq, scope, mark }, view, at: Date.now() }
}

/** Settles once the page has been painted; in a window that nobody sees, soon. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 250)
    requestAnimationFrame(() => setTimeout(() => (clearTimeout(late), resolve())))
  })
}
