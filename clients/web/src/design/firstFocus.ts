/**
 * Where focus goes when a dialog opens: the first field; without one the button that does no harm (in a dangerous dialog
 * the one beside the dangerous one, else the main one). Never the cross in the corner, which says nothing about the
 * question. `data-first` on an element overrules. What is still being fetched gets the focus when it arrives, unless the
 * user has gone elsewhere by then.
 */
const FIELD =
  'input:not([type=hidden], [type=file], [readonly], :disabled), textarea:not([readonly], :disabled), select:not(:disabled), [role=combobox]:not(:disabled)'
const MAIN = 'button.primary:not(:disabled)'
const HARMLESS = 'button:not(.danger, .dialog-close, .close, :disabled)'

export function firstIn(box: HTMLElement): HTMLElement | null {
  const find = (selector: string): HTMLElement | null => box.querySelector<HTMLElement>(selector)
  const harmless = find(`.dialog-foot ${HARMLESS}`)
  const main = box.querySelector('button.danger') ? harmless : find(MAIN)
  return find('[data-first]') ?? find(FIELD) ?? main ?? harmless ?? find(HARMLESS)
}

/** Moves focus in, now or when the first thing to focus has arrived. */
export function focusFirst(box: HTMLElement): void {
  const first = firstIn(box)
  if (first) return first.focus()
  box.tabIndex = -1
  box.focus()
  const arrives = new MutationObserver(() => {
    const late = firstIn(box)
    if (!late && box.isConnected) return
    arrives.disconnect()
    if (late && document.activeElement === box) late.focus()
  })
  arrives.observe(box, { childList: true, subtree: true })
}
