/** How old something is, in the largest unit that says enough. */
export function ageOf(t: (key: string, values: Record<string, unknown>) => string, ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return t('dispatch.age.s', { n: seconds })
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? t('dispatch.age.min', { n: minutes }) : t('dispatch.age.h', { n: Math.round(minutes / 60) })
}
