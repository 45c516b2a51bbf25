/** Times and numbers as people here read them. All take ms. */

const two = (n: number): string => String(n).padStart(2, '0')

/** 14:05, or 14:05:09 with seconds; local time */
export function clockTime(at: number, seconds = false): string {
  const date = new Date(at)
  const base = `${two(date.getHours())}:${two(date.getMinutes())}`
  return seconds ? `${base}:${two(date.getSeconds())}` : base
}

/** 11-23 14:05, or just 14:05 when it is the same day as `now` */
export function dayTime(at: number, now: number): string {
  const date = new Date(at)
  const today = new Date(now).toDateString() === date.toDateString()
  return today ? clockTime(at) : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockTime(at)}`
}

/** A span as h:mm:ss, or mm:ss under an hour. Days are counted as hours: 49:00:00. */
export function span(ms: number): string {
  const whole = Math.floor(Math.abs(ms) / 1000)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = `${two(minutes)}:${two(whole % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

/** 1.4 MB */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  if (size < 1024 * 1024) return `${Math.round(size / 1024)} kB`
  return `${(size / 1024 / 1024).toFixed(1)} MB`
}
