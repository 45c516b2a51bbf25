/** Hands, the floor, voices and words in a consultation. */
import type { Action } from '@/protocol/types.gen'

export const raiseHand = (consultation: string): Action => ({ type: 'RaiseHand', consultation })
/** One's own without `account`; a moderator lowers others'. */
export const lowerHand = (consultation: string, account: string | null = null): Action => ({ type: 'LowerHand', consultation, account })
export const grantFloor = (consultation: string, account: string): Action => ({ type: 'GrantFloor', consultation, account })
export const returnFloor = (consultation: string): Action => ({ type: 'ReturnFloor', consultation })
export const takeFloorBack = (consultation: string): Action => ({ type: 'TakeFloorBack', consultation })
export const mute = (consultation: string, account: string, muted: boolean): Action => ({ type: 'MuteParticipant', consultation, account, muted })
export const hush = (consultation: string, hushed: boolean): Action => ({ type: 'HushConsultation', consultation, hushed })
export const askToUnmute = (consultation: string, account: string): Action => ({ type: 'AskToUnmute', consultation, account })
export const say = (consultation: string, text: string): Action => ({ type: 'Say', consultation, text })
