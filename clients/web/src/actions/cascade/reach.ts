/**
 * Who may press what, to grey out a button; the server decides. Mirrors the reaches of server/domain/authority.py for what a
 * commander does: by post (the generated table), then by place.
 */
import { AUTHORITY, STEPS, type Action, type Command, type Delivery, type EventName } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'

export function mayPost(me: Identity | null, type: Action['type']): me is Identity {
  return me !== null && AUTHORITY[type].posts.includes(me.post)
}

/** at commands that one's own unit issued or holds */
export function mayAsIssuer(me: Identity | null, type: Action['type'], command: Command): boolean {
  return mayPost(me, type) && (command.issuer === me.unit || command.holder === me.unit)
}

/** at deliveries that one's own unit watches */
export function mayAsWatcher(me: Identity | null, type: Action['type'], watched: { readonly watchers: readonly string[] }): boolean {
  return mayPost(me, type) && watched.watchers.includes(me.unit)
}

/** nothing more is asked of a command that is closed or recalled */
export function isLive(command: Command): boolean {
  return command.closed_at === null && command.recalled === null
}

/** the delivery's machine has a way for this event */
export function canTake(delivery: Delivery, event: EventName): boolean {
  return STEPS[delivery.step]?.[event] !== undefined
}
