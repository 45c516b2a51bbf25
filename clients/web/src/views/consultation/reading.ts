/** Readings of a consultation for the screens: who moderates, who is where, who may speak, what a tile says. Pure. */
import type { MediaState, Shown } from '@/media/session'
import type { CameraState } from '@/media/told'
import type { Camera, Consultation, Door, Invitation, Knock, Participant, Post, Ringing, Unit, View } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'

export const DESKS: readonly Post[] = ['duty_commander', 'department_desk', 'town_desk', 'village_desk']

export function moderates(room: Consultation, who: { readonly unit: string; readonly post: Post } | null): boolean {
  return who !== null && who.unit === room.host && DESKS.includes(who.post)
}

/** May come in without knocking. */
export function mayEnter(room: Consultation, me: Identity): boolean {
  if (room.ejected.includes(me.account)) return false
  const invitation = room.invited[me.unit]
  const meant = invitation !== undefined && (invitation.posts.length === 0 || invitation.posts.includes(me.post))
  return moderates(room, me) || meant || room.admitted.includes(me.account)
}

export type Silence = 'muted' | 'hushed'
/** Why the room does not let somebody be heard; null when it does. */
export function silenced(room: Consultation, person: Participant): Silence | null {
  if (room.muted.includes(person.account)) return 'muted'
  if (!room.hushed || moderates(room, person) || room.floor === person.account || room.released.includes(person.account)) return null
  return 'hushed'
}

/** Open consultations, those one is meant for first, then by age. */
export function openRooms(view: View, me: Identity): Consultation[] {
  return Object.values(view.consultations ?? {}).sort((a, b) => Number(mayEnter(b, me)) - Number(mayEnter(a, me)) || a.opened_at - b.opened_at)
}

/** Consultations one knows of only by their door. */
export function otherDoors(view: View): Door[] {
  return Object.values(view.doors ?? {}).filter(({ consultation }) => view.consultations[consultation] === undefined)
}

export function lobby(view: View, room: string): Knock[] {
  return Object.values(view.knocks ?? {}).filter((knock) => knock.consultation === room && !knock.refused).sort((a, b) => a.at - b.at)
}

export function ownKnock(view: View, room: string, account: string): Knock | null {
  return Object.values(view.knocks ?? {}).find((knock) => knock.consultation === room && knock.account === account) ?? null
}

/** A unit this account may not see has no name here. */
export function unitName(units: Readonly<Record<string, Unit>>, code: string, unknown = ''): string {
  const unit = units[code]
  return unit ? unit.short || unit.name : unknown
}

// ── tiles ──────────────────────────────────────────────────────────────────────────────────────────

export interface Face {
  /** an account, or "cam:<camera>" */
  readonly id: string
  readonly name: string
  readonly unit: string
  readonly participant: Participant | null
}

/**
 * Everybody in the room and its cameras, in an order that stays: moderators, then as they came. `last` is who was shown before:
 * who stays keeps the place, newcomers follow.
 */
export function facesOf(room: Consultation, cameras: Readonly<Record<string, Camera>>, last: readonly string[] = []): Face[] {
  const people = Object.values(room.participants)
    .sort((a, b) => Number(moderates(room, b)) - Number(moderates(room, a)) || a.joined_at - b.joined_at)
    .map((participant): Face => ({ id: participant.account, name: participant.name, unit: participant.unit, participant }))
  const sights = Object.entries(room.cameras).map(([id, name]): Face => ({ id: `cam:${id}`, name, unit: cameras[id]?.owner ?? room.host, participant: null }))
  const faces = new Map([...people, ...sights].map((face) => [face.id, face]))
  const known = new Set(last)
  const stayed = last.flatMap((id) => faces.get(id) ?? [])
  const fresh = [...faces.values()].filter(({ id }) => !known.has(id))
  return [...stayed, ...fresh]
}

/** Who is on the stage, for everybody: spotlight, floor; '' leaves it to the loudest. */
export function stageOf(room: Consultation): string {
  return room.spotlight ?? room.floor ?? ''
}

/** How a box of `width` × `height` is cut for `n` pictures of 16:9, so that they are as large as can be. */
export function cut(n: number, width: number, height: number): { columns: number; rows: number } {
  let best = { columns: 1, rows: Math.max(n, 1) }
  let largest = 0
  for (let columns = 1; columns <= n; columns += 1) {
    const rows = Math.ceil(n / columns)
    const tile = Math.min(width / columns, ((height / rows) * 16) / 9)
    if (tile > largest + 0.5) [largest, best] = [tile, { columns, rows }]
  }
  return best
}

/** Which of `n` tiles in a row are in sight or nearly so: from `first` to before `last`. */
export function stretch(n: number, left: number, width: number, step: number): { first: number; last: number } {
  const first = Math.min(Math.max(Math.floor(left / step) - 2, 0), n)
  return { first, last: Math.min(Math.ceil((left + width) / step) + 2, n) }
}

export type NoPicture =
  | 'reconnecting' | 'connecting' | 'audioOnly' | 'lost' | 'hidden' | 'still'
  | 'waiting' | 'off' | 'empty' | 'missing' | 'muted' | 'bandwidth' | 'source_weak' | 'full' | `cam_${string}`

/**
 * Why a tile shows no moving picture; null when it does. The gravest first; nothing frozen passes for live. That a camera is
 * off only the room may say: that nothing comes of it does not tell why.
 */
export function noPicture(at: {
  readonly media: Pick<MediaState, 'phase' | 'sending'>
  readonly shown: Shown | null
  readonly face: Face
  readonly room: Consultation
  readonly audioOnly: boolean
  readonly moving: boolean
  /** of a camera of the district */
  readonly camera?: CameraState | undefined
}): NoPicture | null {
  const { media, shown, face, room } = at
  if (media.phase === 'reconnecting') return 'reconnecting'
  if (media.phase !== 'connected') return 'connecting'
  if (face.participant?.lost_at) return 'lost'
  if (room.hidden.includes(face.id)) return 'hidden'
  if (at.audioOnly) return 'audioOnly'
  if (at.camera && at.camera.state !== 'playing') return `cam_${at.camera.why || 'connecting'}`
  if (shown === null) {
    const sends = media.sending?.[face.id]
    return sends && !sends.includes('camera') ? 'empty' : sends ? 'full' : 'waiting'
  }
  if (shown.picture === 'empty') return 'empty'
  if (shown.picture !== 'live') return shown.picture
  return at.moving ? null : 'still'
}

// ── who has come ───────────────────────────────────────────────────────────────────────────────────

const RANK: Readonly<Record<Ringing, number>> = { ringing: 0, declined: 1, absent: 2, left: 3, joined: 4 }

/** Invited units that are not in the room: ringing, declined, absent, left. */
export function missing(room: Consultation): Invitation[] {
  return Object.values(room.invited)
    .filter(({ state }) => state !== 'joined')
    .sort((a, b) => RANK[a.state] - RANK[b.state] || a.unit.localeCompare(b.unit))
}

export type Mark = 'waiting' | 'answered' | 'late' | 'absent'
export interface Site {
  readonly unit: string
  readonly mark: Mark
  /** ms after the call */
  readonly after: number | null
  readonly picture: boolean
}

export interface RollCallReading {
  readonly sites: readonly Site[]
  readonly count: Readonly<Record<Mark, number>>
  readonly running: boolean
}

export function readRollCall(room: Consultation, now: number): RollCallReading | null {
  const call = room.roll_call
  if (!call) return null
  const running = call.ended_at === null && now < call.ends_at
  const count = { waiting: 0, answered: 0, late: 0, absent: 0 }
  const sites = call.sites.map((unit): Site => {
    const answer = call.answered[unit]
    const mark: Mark = answer ? (answer.late ? 'late' : 'answered') : running ? 'waiting' : 'absent'
    count[mark] += 1
    return { unit, mark, after: answer ? answer.at - call.called_at : null, picture: answer?.picture ?? false }
  })
  return { sites, count, running }
}

/** This unit is called and has not answered: also after the end, as a late answer, until it is over for long. */
export function owesAnswer(room: Consultation, unit: string): boolean {
  const call = room.roll_call
  return call !== null && call.sites.includes(unit) && call.answered[unit] === undefined
}
