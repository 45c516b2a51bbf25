/** Printed slips for first passwords: one per person, cut apart, handed over in person. A window of its own, no script in it. */
export interface Slip {
  readonly name: string
  readonly unit: string
  readonly post: string
  readonly login: string
  readonly password: string
}

export interface SlipWords {
  readonly title: string
  readonly login: string
  readonly password: string
  readonly address: string
  readonly note: string
}

function line(parent: HTMLElement, label: string, text: string, mono = false): void {
  const row = parent.appendChild(document.createElement('p'))
  row.textContent = `${label}\u3000`
  const value = row.appendChild(document.createElement('strong'))
  value.textContent = text
  if (mono) value.style.font = '600 16pt monospace'
}

/** Prints through a frame that is taken away afterwards; false when the browser does not let it. */
export function printSlips(slips: readonly Slip[], words: SlipWords): boolean {
  const frame = document.body.appendChild(document.createElement('iframe'))
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0'
  const page = frame.contentDocument
  const pane = frame.contentWindow
  if (!page || !pane) {
    frame.remove()
    return false
  }
  page.title = words.title
  page.body.style.cssText = 'font:11pt sans-serif;margin:0;color:#000'
  for (const slip of slips) {
    const card = page.body.appendChild(page.createElement('section'))
    card.style.cssText = 'border-bottom:1px dashed #000;padding:8mm 10mm;break-inside:avoid'
    card.appendChild(page.createElement('h2')).textContent = words.title
    line(card, slip.name, `${slip.unit} · ${slip.post}`)
    line(card, words.login, slip.login, true)
    line(card, words.password, slip.password, true)
    line(card, words.address, location.origin)
    card.appendChild(page.createElement('p')).textContent = words.note
  }
  pane.addEventListener('afterprint', () => frame.remove(), { once: true })
  pane.print()
  return true
}
