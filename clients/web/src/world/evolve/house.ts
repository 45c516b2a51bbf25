/** How units, people, plans and settings change. Mirrors server/world/evolve/house.py. */
import type { Table } from './table'

function by<T, K extends keyof T>(rows: readonly T[], key: K): Record<string, T> {
  return Object.fromEntries(rows.map((row) => [String(row[key]), row]))
}

export const house = {
  DistrictFounded: ({ view }, { name, exercise, units, accounts, plans, groups }) => {
    view.name = name
    view.exercise = exercise
    view.units = by(units, 'code')
    view.accounts = by(accounts, 'id')
    view.plans = by(plans, 'id')
    view.groups = by(groups, 'id')
  },
  UnitAdded: (draft, { unit }) => {
    draft.part('units')[unit.code] = unit
  },
  UnitChanged: (draft, { code, ...changed }) => {
    const unit = draft.entry('units', code)
    if (unit) Object.assign(unit, changed)
  },
  UnitMoved: (draft, { code, parent }) => {
    const unit = draft.entry('units', code)
    if (unit) unit.parent = parent
  },
  UnitRetired: (draft, { code }) => {
    const unit = draft.entry('units', code)
    if (unit) unit.active = false
  },
  UnitRestored: (draft, { code }) => {
    const unit = draft.entry('units', code)
    if (unit) unit.active = true
  },
  GroupSaved: (draft, { group }) => {
    draft.part('groups')[group.id] = group
  },
  GroupDropped: (draft, { group }) => draft.remove('groups', group),
  AccountOpened: (draft, { account }) => {
    draft.part('accounts')[account.id] = account
  },
  AccountChanged: (draft, { account: id, name, phone }) => {
    const account = draft.entry('accounts', id)
    if (account) Object.assign(account, { name, phone })
  },
  AccountAppointed: (draft, { account: id, unit, post }) => {
    const account = draft.entry('accounts', id)
    if (account) Object.assign(account, { unit, post })
  },
  AccountClosed: (draft, { account: id }, at) => {
    const account = draft.entry('accounts', id)
    if (account) Object.assign(account, { active: false, sessions_from: at })
  },
  AccountReopened: (draft, { account: id }) => {
    const account = draft.entry('accounts', id)
    if (account) account.active = true
  },
  PasswordRequired: (draft, { account: id }, at) => {
    const account = draft.entry('accounts', id)
    if (account) Object.assign(account, { password_due: true, sessions_from: at })
  },
  PasswordChosen: (draft, { account: id }) => {
    const account = draft.entry('accounts', id)
    if (account) account.password_due = false
  },
  SessionsRevoked: (draft, { account: id }, at) => {
    const account = draft.entry('accounts', id)
    if (account) account.sessions_from = at
  },
  PlanSaved: (draft, { plan }) => {
    draft.part('plans')[plan.id] = plan
  },
  PlanRetired: (draft, { plan: id }) => {
    const plan = draft.entry('plans', id)
    if (plan) plan.retired = true
  },
  SettingsChanged: ({ view }, { two_person, distress_within }) => {
    view.two_person = two_person
    view.distress_within = distress_within
  },
  WebhookNoted: () => undefined,
} satisfies Partial<Table>
