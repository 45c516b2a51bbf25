/**
 * Keys of a view: useKeys([{ key: 'N', does: t('command.title'), run }]). They live as long as the component and are listed by
 * the help overlay (?). The last component registered is asked first.
 *
 * A key is written as on the keyboard: 'A', '/', 'F2', 'Enter', 'Escape', 'ArrowDown'. Letters go without modifiers and are
 * silent while the user types; function keys and Escape still reach the view then. An open dialog, menu or list has all keys
 * to itself.
 */
import { onScopeDispose, shallowRef } from 'vue'

export interface Key {
  readonly key: string
  /** translated; shown in the help */
  readonly does: string
  readonly run: (event: KeyboardEvent) => void
  /** asked before it runs; false passes the key on */
  readonly when?: () => boolean
}

export const registered = shallowRef<readonly (readonly Key[])[]>([])

export function useKeys(keys: readonly Key[]): void {
  registered.value = [...registered.value, keys]
  onScopeDispose(() => {
    registered.value = registered.value.filter((known) => known !== keys)
  })
}

/** Starts listening; once per page. */
export function listen(target: Document = document): void {
  target.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    const pressed = event.key.length === 1 ? event.key.toUpperCase() : event.key
    const strong = /^F\d+$/.test(pressed) || pressed === 'Escape'
    if (within(event.target, LAYER) || (!strong && within(event.target, WORDS))) return
    for (const keys of [...registered.value].reverse()) {
      const found = keys.find((key) => key.key === pressed && (key.when?.() ?? true))
      if (!found) continue
      event.preventDefault()
      found.run(event)
      return
    }
  })
}

const WORDS = 'input, textarea, select, [contenteditable=""], [contenteditable=true]'
const LAYER = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]'

function within(target: EventTarget | null, selector: string): boolean {
  return target instanceof HTMLElement && target.closest(selector) !== null
}
