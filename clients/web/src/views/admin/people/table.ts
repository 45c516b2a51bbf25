/** The table of people: sought, narrowed, ordered, and cut into pages. */
import type { Account, Post, View } from '@/protocol/types.gen'
import { lineage } from '@/world/select'

export type Standing = 'active' | 'closed' | 'due' | 'all'

export interface PeopleQuestion {
  readonly text: string
  readonly post: Post | null
  /** this unit and all below it */
  readonly unit: string | null
  readonly standing: Standing
}

export const PAGE = 50

export function peopleOf(view: View, asked: PeopleQuestion): Account[] {
  const sought = asked.text.trim().toLowerCase()
  return Object.values(view.accounts)
    .filter((account) => standsSo(account, asked.standing))
    .filter((account) => asked.post === null || account.post === asked.post)
    .filter((account) => asked.unit === null || lineage(view.units, account.unit).includes(asked.unit))
    .filter((account) => sought === '' || saidOf(view, account).some((part) => part.toLowerCase().includes(sought)))
    .sort((a, b) => a.unit.localeCompare(b.unit, 'en', { numeric: true }) || a.login.localeCompare(b.login))
}

function standsSo(account: Account, standing: Standing): boolean {
  if (standing === 'all') return true
  if (standing === 'closed') return !account.active
  return account.active && (standing === 'active' || account.password_due)
}

function saidOf(view: View, account: Account): string[] {
  return [account.name, account.login, account.phone, view.units[account.unit]?.name ?? account.unit]
}
