/** Vibrates, where the phone can. Browsers refuse it, loudly in the console, until somebody has touched the page. */
export function buzz(pattern: number | number[]): void {
  if ((navigator.userActivation as UserActivation | undefined)?.hasBeenActive === false) return
  navigator.vibrate?.(pattern)
}
