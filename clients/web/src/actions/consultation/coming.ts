/** Coming in and out of a consultation: what is asked. Who may: views/consultation/reading.ts; the server decides. */
import type { Action, Addressing, Post } from '@/protocol/types.gen'

/** The consultation gets the action's id. */
export const openConsultation = (name: string, to: Addressing, posts: Post[] = []): Action => ({ type: 'OpenConsultation', name, to, posts, activation: null })
export const invite = (consultation: string, to: Addressing, posts: Post[] = []): Action => ({ type: 'InviteToConsultation', consultation, to, posts })
/** Rings once more; no units: at all who have not come. */
export const callAgain = (consultation: string, units: string[] = []): Action => ({ type: 'CallAgain', consultation, units })
export const declineInvitation = (consultation: string, reason: string): Action => ({ type: 'DeclineInvitation', consultation, reason })
export const join = (consultation: string, device: string): Action => ({ type: 'JoinConsultation', consultation, device })
export const leave = (consultation: string, device: string): Action => ({ type: 'LeaveConsultation', consultation, device })
export const knock = (consultation: string): Action => ({ type: 'KnockAtConsultation', consultation })
export const admit = (id: string): Action => ({ type: 'AdmitKnock', knock: id })
export const refuse = (id: string): Action => ({ type: 'RefuseKnock', knock: id })
export const eject = (consultation: string, account: string): Action => ({ type: 'EjectParticipant', consultation, account })
export const handOver = (consultation: string, unit: string): Action => ({ type: 'HandOverModeration', consultation, unit })
export const close = (consultation: string): Action => ({ type: 'CloseConsultation', consultation })
