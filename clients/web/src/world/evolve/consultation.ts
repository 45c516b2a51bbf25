/**
 * How consultations, the lobby, recordings and cameras change. Mirrors rooms/consultation/change.py and
 * server/world/evolve/consultation.py.
 */
import type { Consultation, EventFields, EventName, Participant } from '@/protocol/types.gen'
import type { Draft } from './draft'
import type { Change, Table } from './table'

/** Newest lines of the chat that stay in the view; the journal keeps all. */
const CHAT_KEPT = 200

type InRoom = { consultation: string }
type InRoomName = { [N in EventName]: EventFields[N] extends InRoom ? N : never }[EventName]

/** One consultation, writable inside. */
class Room {
  constructor(
    private readonly draft: Draft,
    readonly is: Consultation,
  ) {}

  part<K extends keyof Consultation>(key: K): Consultation[K] {
    return this.draft.inside(this.is, key)
  }

  person(account: string): Participant | undefined {
    if (!Object.hasOwn(this.is.participants, account)) return undefined
    return this.draft.inside(this.part('participants'), account)
  }

  invitation(unit: string): Consultation['invited'][string] | undefined {
    if (!Object.hasOwn(this.is.invited, unit)) return undefined
    return this.draft.inside(this.part('invited'), unit)
  }

  rollCall(): Consultation['roll_call'] {
    return this.part('roll_call')
  }

  answer(unit: string, answer: EventFields['RollCallAnswered']['answer']): void {
    const call = this.rollCall()
    if (call && !Object.hasOwn(call.answered, unit)) this.draft.inside(call, 'answered')[unit] = answer
  }

  add(list: Lists, account: string): void {
    if (!this.is[list].includes(account)) this.is[list] = [...this.is[list], account]
  }

  drop(list: Lists, account: string): void {
    if (this.is[list].includes(account)) this.is[list] = this.is[list].filter((other) => other !== account)
  }

  lowerHand(account: string): void {
    this.drop('hands', account)
    delete this.part('hands_at')[account]
  }

  /** The floor and the screen are free again. */
  yield(account: string): void {
    if (this.is.floor === account) this.is.floor = null
    if (this.is.sharing === account) this.is.sharing = null
  }

  /** An invited unit is there while somebody of it is. */
  count(unit: string): void {
    const invitation = this.invitation(unit)
    if (!invitation) return
    if (Object.values(this.is.participants).some((person) => person.unit === unit)) invitation.state = 'joined'
    else if (invitation.state === 'joined') invitation.state = 'left'
  }

  gone(account: string, at: number): void {
    const unit = this.person(account)?.unit
    delete this.part('participants')[account]
    this.lowerHand(account)
    this.yield(account)
    this.drop('released', account)
    if (this.is.spotlight === account) this.is.spotlight = null
    if (unit !== undefined) this.count(unit)
    if (Object.keys(this.is.participants).length === 0) this.is.empty_since ??= at
  }

  heard(account: string): void {
    this.drop('muted', account)
    if (this.is.hushed) this.add('released', account)
  }
}

type Lists = {
  [K in keyof Consultation]: Consultation[K] extends string[] ? K : never
}[keyof Consultation]

/** A change of one room, when this view holds it. */
function inRoom<N extends InRoomName>(
  change: (room: Room, fields: EventFields[N], at: number) => void,
): Change<N> {
  return (draft, fields, at) => {
    const consultation = draft.entry('consultations', fields.consultation)
    if (consultation) change(new Room(draft, consultation), fields, at)
  }
}

const coming = {
  UnitsInvited: inRoom<'UnitsInvited'>((room, { invitations }) => {
    for (const invitation of invitations) {
      room.part('invited')[invitation.unit] = { ...invitation }
      room.count(invitation.unit)
    }
  }),
  UnitsCalled: inRoom<'UnitsCalled'>((room, { units }, at) => {
    for (const unit of units) {
      const invitation = room.invitation(unit)
      if (invitation) Object.assign(invitation, { state: 'ringing', rung_at: at, reason: '' })
    }
  }),
  InvitationsMissed: inRoom<'InvitationsMissed'>((room, { units }) => {
    for (const unit of units) {
      const invitation = room.invitation(unit)
      if (invitation) invitation.state = 'absent'
    }
  }),
  InvitationDeclined: inRoom<'InvitationDeclined'>((room, { unit, reason }) => {
    const invitation = room.invitation(unit)
    if (invitation) Object.assign(invitation, { state: 'declined', reason })
  }),
  ParticipantJoined: inRoom<'ParticipantJoined'>((room, { participant }) => {
    room.part('participants')[participant.account] = participant
    room.is.empty_since = null
    room.count(participant.unit)
  }),
  ParticipantLeft: inRoom<'ParticipantLeft'>((room, { account }, at) => room.gone(account, at)),
  ParticipantLost: inRoom<'ParticipantLost'>((room, { account }, at) => {
    const person = room.person(account)
    if (!person) return
    person.lost_at = at
    room.yield(account)
  }),
  ParticipantRegained: inRoom<'ParticipantRegained'>((room, { account }) => {
    const person = room.person(account)
    if (person) person.lost_at = null
  }),
  ParticipantEjected: inRoom<'ParticipantEjected'>((room, { account }, at) => {
    room.gone(account, at)
    room.drop('admitted', account)
    room.add('ejected', account)
  }),
  EjectionsLifted: inRoom<'EjectionsLifted'>((room, { accounts }) => {
    for (const account of accounts) room.drop('ejected', account)
  }),
  ModerationHandedOver: inRoom<'ModerationHandedOver'>((room, { unit, before }, at) => {
    room.is.host = unit
    const invited = room.part('invited')
    delete invited[unit]
    invited[before] = { unit: before, posts: [], state: 'left', rung_at: at, reason: '' }
    room.count(before)
  }),
} satisfies Partial<Table>

const speaking = {
  HandRaised: inRoom<'HandRaised'>((room, { account }, at) => {
    room.add('hands', account)
    room.part('hands_at')[account] ??= at
  }),
  HandLowered: inRoom<'HandLowered'>((room, { account }) => room.lowerHand(account)),
  FloorGranted: inRoom<'FloorGranted'>((room, { account }) => {
    room.is.floor = account
    room.lowerHand(account)
    room.drop('muted', account)
  }),
  FloorReturned: inRoom<'FloorReturned'>((room, { account }) => {
    if (room.is.floor === account) room.is.floor = null
  }),
  ParticipantMuted: inRoom<'ParticipantMuted'>((room, { account, muted }) => {
    if (!muted) return room.heard(account)
    room.add('muted', account)
    room.drop('released', account)
    const person = room.person(account)
    if (person) person.asked_at = null
  }),
  ConsultationHushed: inRoom<'ConsultationHushed'>((room, { hushed }) => {
    Object.assign(room.is, { hushed, released: [] })
    for (const account of Object.keys(room.is.participants)) {
      if (room.is.participants[account]?.asked_at === null) continue
      const person = room.person(account)
      if (person) person.asked_at = null
    }
  }),
  UnmuteAsked: inRoom<'UnmuteAsked'>((room, { account }, at) => {
    room.heard(account)
    const person = room.person(account)
    if (person) person.asked_at = at
  }),
  ParticipantHidden: inRoom<'ParticipantHidden'>((room, { account, hidden }) => {
    if (hidden) room.add('hidden', account)
    else room.drop('hidden', account)
  }),
} satisfies Partial<Table>

const showing = {
  ScreenShared: inRoom<'ScreenShared'>((room, { account }) => {
    room.is.sharing = account
  }),
  SharingStopped: inRoom<'SharingStopped'>((room, { account }) => {
    if (room.is.sharing === account) room.is.sharing = null
  }),
  SpotlightSet: inRoom<'SpotlightSet'>((room, { participant }) => {
    room.is.spotlight = participant
  }),
  LayoutSet: inRoom<'LayoutSet'>((room, { layout }) => {
    room.is.layout = layout
  }),
  CameraBrought: inRoom<'CameraBrought'>((room, { camera, name }) => {
    room.part('cameras')[camera] = name
  }),
  CameraRemoved: inRoom<'CameraRemoved'>((room, { camera }) => {
    delete room.part('cameras')[camera]
    if (room.is.spotlight === `cam:${camera}`) room.is.spotlight = null
  }),
  RollCallStarted: inRoom<'RollCallStarted'>((room, { roll_call }) => {
    room.is.roll_call = roll_call
  }),
  RollCallAnswered: inRoom<'RollCallAnswered'>((room, { unit, answer }) => room.answer(unit, answer)),
  RollCallEnded: inRoom<'RollCallEnded'>((room, { roll_call }, at) => {
    const call = room.rollCall()
    if (call?.id === roll_call) call.ended_at = at
  }),
  RecordingStarted: inRoom<'RecordingStarted'>((room, { recording }) => {
    room.is.recording = recording
  }),
  RecordingStopped: inRoom<'RecordingStopped'>((room) => {
    room.is.recording = null
  }),
  Said: inRoom<'Said'>((room, { line }) => {
    room.is.chat = [...room.is.chat.slice(1 - CHAT_KEPT), line]
  }),
} satisfies Partial<Table>

export const consultation = {
  ...coming,
  ...speaking,
  ...showing,
  ConsultationOpened: (draft, { consultation }) => {
    draft.part('consultations')[consultation.id] = consultation
  },
  ConsultationShown: (draft, { consultation }) => {
    draft.part('consultations')[consultation.id] = consultation
  },
  ConsultationClosed: (draft, { consultation: id }) => {
    draft.remove('consultations', id)
    for (const knock of Object.values(draft.view.knocks)) {
      if (knock.consultation === id) draft.remove('knocks', knock.id)
    }
  },
  DoorOpened: (draft, { door }) => {
    draft.part('doors')[door.consultation] = door
  },
  DoorClosed: (draft, { consultation }) => draft.remove('doors', consultation),
  Knocked: (draft, { knock }) => {
    draft.part('knocks')[knock.id] = knock
  },
  KnockDropped: (draft, { knock }) => draft.remove('knocks', knock),
  KnockAdmitted: (draft, { consultation: id, knock, account }) => {
    draft.remove('knocks', knock)
    const consultation = draft.entry('consultations', id)
    if (consultation) new Room(draft, consultation).add('admitted', account)
  },
  KnockRefused: (draft, { knock: id }) => {
    const knock = draft.entry('knocks', id)
    if (knock) knock.refused = true
  },
  RecordingListed: (draft, { recording }) => {
    draft.part('recordings')[recording.id] = recording
  },
  RecordingKept: (draft, { recording, state, sha256, duration_ms, bytes }) => {
    const file = draft.entry('recordings', recording)
    if (file) Object.assign(file, { state, sha256, duration_ms, bytes })
  },
  RecordingArchived: (draft, { recording }) => draft.remove('recordings', recording),
  CameraRegistered: (draft, { camera }) => {
    draft.part('cameras')[camera.id] = camera
  },
  CameraChanged: (draft, { camera }) => {
    draft.part('cameras')[camera.id] = camera
  },
  CameraAddressed: (draft, { camera, address }) => {
    draft.part('camera_addresses')[camera] = address
  },
  CameraRetired: (draft, { camera }) => {
    draft.remove('cameras', camera)
    if (Object.hasOwn(draft.view.camera_addresses, camera)) delete draft.part('camera_addresses')[camera]
  },
} satisfies Partial<Table>
