/**
 * A photo made small on the phone before it goes anywhere: at most 1600 px on the long side, JPEG. What the camera wrote
 * into the file (place, device, owner) is left behind; the place travels with the report, where it can be seen.
 */
import { Refused } from '@/wire/refused'

export const LONG_SIDE = 1600
const QUALITY = 0.8

/** The size that fits, never larger than the original. */
export function fitWithin(width: number, height: number, most = LONG_SIDE): { width: number; height: number } {
  const share = Math.min(1, most / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) }
}

/** Rejects with bad_type when this is not a picture that the phone can read. */
export async function downscale(file: Blob): Promise<ArrayBuffer> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => {
    throw new Refused({ code: 'bad_type', retry: false })
  })
  const { width, height } = fitWithin(picture.width, picture.height)
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
  picture.close()
  const small = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY))
  if (!small) throw new Refused({ code: 'bad_type', retry: false })
  return small.arrayBuffer()
}

/** IMG-20181203-140509-1.jpg: says when it was taken on the report's clock. */
export function photoName(at: number, n: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`
  return `IMG-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}-${n}.jpg`
}
