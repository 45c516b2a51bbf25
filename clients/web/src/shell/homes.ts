/** Where a post begins its day, and what it may open. The server decides what anybody may do; this only finds the door. */
import type { Post } from '@/protocol/types.gen'

export const HOME: Readonly<Record<Post, string>> = {
  duty_commander: '/command',
  department_desk: '/desk',
  town_desk: '/station',
  village_desk: '/station',
  field: '/field',
  administrator: '/admin',
  observer: '/command',
}

/** May look, may not act: buttons that ask for something are not shown at all. */
export const READ_ONLY: ReadonlySet<Post> = new Set<Post>(['observer'])
