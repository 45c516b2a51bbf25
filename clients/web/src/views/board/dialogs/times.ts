/** A moment as <input type="datetime-local"> wants it, in local time; nothing for none. */
export function forInput(at: number | null): string {
  if (at === null) return ''
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = new Date(at)
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(day.getHours())}:${two(day.getMinutes())}`
}
