/**
 * Makes a value safe for msgpack over Socket.IO: undefined and Date would arrive as extension types, a Uint8Array as a
 * dict, an integer beyond 2^53 as another number. Fields that are undefined are left out; the rest is an error of the
 * caller, found here and not at the server.
 */
export type Plain = null | boolean | number | string | ArrayBuffer | Plain[] | { [key: string]: Plain }

export function plain(value: unknown): Plain {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number on the wire is finite')
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new TypeError('an integer on the wire is below 2^53')
    return value
  }
  if (value instanceof Date) return value.getTime()
  if (value instanceof ArrayBuffer) return value
  if (ArrayBuffer.isView(value)) {
    return value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer
  }
  if (Array.isArray(value)) return value.map((item) => plain(item === undefined ? null : item))
  if (typeof value === 'object') {
    const map: { [key: string]: Plain } = {}
    for (const [key, item] of Object.entries(value)) if (item !== undefined) map[key] = plain(item)
    return map
  }
  throw new TypeError(`a ${typeof value} cannot travel on the wire`)
}
