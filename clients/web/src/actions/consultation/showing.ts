/** Pictures, screens, the roll call and the recording of a consultation. */
import type { Action, Layout } from '@/protocol/types.gen'

export const hide = (consultation: string, account: string, hidden: boolean): Action => ({ type: 'HideParticipant', consultation, account, hidden })
export const shareScreen = (consultation: string): Action => ({ type: 'ShareScreen', consultation })
export const stopSharing = (consultation: string): Action => ({ type: 'StopSharing', consultation })
/** An account, "cam:<camera>", or nobody. */
export const spotlight = (consultation: string, participant: string | null): Action => ({ type: 'SetSpotlight', consultation, participant })
export const setLayout = (consultation: string, layout: Layout): Action => ({ type: 'SetLayout', consultation, layout })
export const bringCamera = (consultation: string, camera: string): Action => ({ type: 'BringCamera', consultation, camera })
export const removeCamera = (consultation: string, camera: string): Action => ({ type: 'RemoveCamera', consultation, camera })
export const startRollCall = (consultation: string, seconds: number): Action => ({ type: 'StartRollCall', consultation, seconds })
export const answerRollCall = (consultation: string, picture: boolean): Action => ({ type: 'AnswerRollCall', consultation, picture })
export const endRollCall = (consultation: string): Action => ({ type: 'EndRollCall', consultation })
export const startRecording = (consultation: string): Action => ({ type: 'StartRecording', consultation })
export const stopRecording = (consultation: string): Action => ({ type: 'StopRecording', consultation })
