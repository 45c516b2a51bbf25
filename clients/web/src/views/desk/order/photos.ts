/**
 * Photos of a report before they are sent: made smaller on this device (a slow line carries 300 kB, not 8 MB), oriented by
 * the browser, without the camera's metadata. Other files go as they are.
 */
import type { Attachment } from '@/wire/outbox'

const LONGEST = 1600
const QUALITY = 0.8
const SMALL_ENOUGH = 400_000

export async function prepared(file: File): Promise<Attachment> {
  const smaller = file.type.startsWith('image/') && file.type !== 'image/gif' ? await shrunk(file).catch(() => null) : null
  if (smaller && smaller.size < file.size) {
    return { name: file.name.replace(/\.\w+$/, '') + '.jpg', type: 'image/jpeg', bytes: await smaller.arrayBuffer() }
  }
  return { name: file.name, type: file.type || 'application/octet-stream', bytes: await file.arrayBuffer() }
}

async function shrunk(file: File): Promise<Blob | null> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height))
  if (scale === 1 && file.size < SMALL_ENOUGH && file.type === 'image/jpeg') return null
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY))
}
