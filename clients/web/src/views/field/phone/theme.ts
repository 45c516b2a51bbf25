/**
 * Light for the sun, dark for the night. Follows the phone until somebody presses the switch; then it stays as pressed on
 * this device.
 */
import { shallowRef } from 'vue'

type Theme = 'wall' | 'desk'
const KEY = 'pingji.field.theme'

export const dark = shallowRef(themeNow() === 'wall')

export function themeNow(): Theme {
  const chosen = localStorage.getItem(KEY)
  if (chosen === 'wall' || chosen === 'desk') return chosen
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'wall' : 'desk'
}

export function switchTheme(): void {
  const next: Theme = dark.value ? 'desk' : 'wall'
  localStorage.setItem(KEY, next)
  dark.value = next === 'wall'
  document.documentElement.dataset.theme = next
}
