/**
 * The board's actions from phones and workstations: through the outbox, on the disk before the button says so, in the order
 * they were pressed, over a lost network and a reload. The label is what the user reads in the queue.
 */
import type { Action } from '@/protocol/types.gen'
import type { Attachment } from '@/wire/outbox'
import { freshId } from '@/wire/identity'
import { useLine } from '@/world/line'

/** Stores and sends it; answers with the action's id once it is on the disk. A request is called by that id. */
export function putBoard(
  build: Action | ((digests: readonly string[]) => Action),
  { label, attachments, id = freshId() }: { label: string; attachments?: readonly Attachment[]; id?: string },
): Promise<string> {
  const make = typeof build === 'function' ? build : (): Action => build
  return useLine().put(make, attachments ? { label, attachments, id } : { label, id })
}
