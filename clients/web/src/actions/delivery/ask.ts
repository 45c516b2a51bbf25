/**
 * How everything done to a delivery leaves this device: through the outbox. It is on the disk before the button says so,
 * goes out in the order it was pressed, and survives a lost network and a reload. The server decides; a refusal is shown
 * in the queue with its reason.
 *
 * The label is what the user reads in the queue; the prefix of the id says what kind of thing went out, so that an
 * acknowledgement found in the list of sent things can be marked as signed (see confirmArrivals.ts).
 */
import { i18n } from '@/i18n'
import type { Action } from '@/protocol/types.gen'
import type { Attachment as File } from '@/wire/outbox'
import { freshId } from '@/wire/identity'
import { useLine } from '@/world/line'
import { useWorld } from '@/world/world'

export const VERBS = ['acknowledge', 'accept', 'decline', 'relay', 'report', 'complete'] as const
export type Verb = (typeof VERBS)[number]

export interface Place {
  /** the command's id */
  readonly command: string
  /** whose delivery of it */
  readonly unit: string
}

export const SIGNING = 'ack-'

export function idFor(verb: Verb): string {
  return verb === 'acknowledge' ? SIGNING + freshId() : freshId()
}

/** Stores and sends it; answers with the action's id once it is on the disk. */
export function ask(
  verb: Verb,
  { command }: Place,
  build: (digests: readonly string[]) => Action,
  options: { attachments?: readonly File[]; id?: string } = {},
): Promise<string> {
  const title = useWorld().view?.commands[command]?.order.title ?? ''
  const label = `${i18n.global.t(`shell.act.${verb}`)} ${title}`.trim()
  return useLine().put(build, { id: idFor(verb), label, ...options })
}
