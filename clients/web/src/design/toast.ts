/**
 * Short notices. `say` for what went well (goes by itself), `complain` for what did not (stays until closed or retried).
 * <ToastList /> in the shell shows and announces them. Own code, not Reka's: the phone has a budget.
 */
import { shallowRef } from 'vue'
import type { Refused } from '@/wire/refused'

export interface Toast {
  readonly key: number
  readonly tone: 'calm' | 'warn' | 'danger'
  readonly text: string
  readonly retry?: () => void
}

const CALM_MS = 5_000
let count = 0
export const toasts = shallowRef<readonly Toast[]>([])

function show(toast: Omit<Toast, 'key'>): number {
  count += 1
  const others = toasts.value.filter(({ text }) => text !== toast.text) // once is enough
  toasts.value = [...others.slice(-3), { ...toast, key: count }]
  return count
}

export function dismiss(key: number): void {
  toasts.value = toasts.value.filter((toast) => toast.key !== key)
}

export function say(text: string, tone: 'calm' | 'warn' = 'calm'): void {
  const key = show({ tone, text })
  setTimeout(() => dismiss(key), CALM_MS)
}

/** `words` are already translated: t(`errors.${refused.code}`). Offers a retry when it may help. */
export function complain(words: string, refused?: Refused, retry?: () => void): void {
  show({ tone: 'danger', text: words, ...(retry && refused?.retry ? { retry } : {}) })
}
