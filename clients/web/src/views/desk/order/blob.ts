/** Stored files. The session's cookie opens them; a drill's window has a token instead and fetches them itself. */
import { useSession } from '@/world/session'

export function blobUrl(sha256: string): string {
  return `/api/blobs/${sha256}`
}

/** For a link's click: does nothing when the cookie is enough. */
export async function openBlob(event: MouseEvent, sha256: string, name: string): Promise<void> {
  const token = useSession().token()
  if (token === '') return
  event.preventDefault()
  const answer = await fetch(blobUrl(sha256), { headers: { Authorization: `Bearer ${token}` } })
  if (!answer.ok) return
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await answer.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
