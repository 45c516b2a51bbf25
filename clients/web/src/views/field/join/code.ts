/**
 * The code of an invitation: in the address behind #, where it is not sent to any server nor written into its log. Pure.
 */
const CODE = /^[\w-]{8,64}$/

/** From "#CODE", or from what somebody typed or pasted (a whole link too); null when it cannot be one. */
export function readCode(said: string): string | null {
  const part = said.trim().split('#').at(-1)?.trim() ?? ''
  return CODE.test(part) ? part : null
}

/** As the server takes it: digits, spaces, hyphens, a plus; seven digits at least. */
export function isPhone(said: string): boolean {
  return /^[0-9+ -]{7,40}$/.test(said.trim()) && said.replace(/\D/g, '').length >= 7
}
