/** Readings of recordings for the screens. Pure. */
import type { RecordingFile, View } from '@/protocol/types.gen'

/** Newest first; of one incident, or all one may see. */
export function recordingsOf(view: Pick<View, 'recordings'>, incident: string | null = null): RecordingFile[] {
  return Object.values(view.recordings)
    .filter((file) => incident === null || file.incident === incident)
    .sort((a, b) => b.started_at - a.started_at)
}

/** How long it is: as played where that is known, else as recorded. */
export const lengthOf = (file: RecordingFile): number => file.duration_ms || Math.max(file.stopped_at - file.started_at, 0)

export const recordingPath = (id: string): string => `/api/recordings/${encodeURIComponent(id)}`

const two = (n: number): string => String(n).padStart(2, '0')

/** What the file is called when it is saved: name and time, nothing a file system refuses. */
export function fileName(file: RecordingFile): string {
  const at = new Date(file.started_at)
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}`
  return `${file.name.replace(/[\\/:*?"<>|\p{Cc}\s]+/gu, ' ').trim()} ${day}.webm`
}
