/**
 * The state of the line to the server, as a table. `connection.ts` feeds it signals; screens show it.
 *
 *   idle          nobody is signed in
 *   connecting    first attempt, nothing heard yet
 *   online        welcomed; fed every event this account may see
 *   reconnecting  lost a moment ago, trying
 *   offline       lost for longer than PATIENCE, or the device says it has no network; still trying
 *   ended         the server said no and asking again will not help (signed out, fenced by another window)
 */
export type LineState = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'offline' | 'ended'
export type LineSignal = 'start' | 'welcome' | 'lost' | 'tired' | 'no_network' | 'refused' | 'stop'

const STEPS: Readonly<Record<LineState, Partial<Record<LineSignal, LineState>>>> = {
  idle: { start: 'connecting' },
  connecting: { welcome: 'online', tired: 'offline', no_network: 'offline', refused: 'ended', stop: 'idle' },
  online: { lost: 'reconnecting', no_network: 'offline', refused: 'ended', stop: 'idle' },
  reconnecting: { welcome: 'online', tired: 'offline', no_network: 'offline', refused: 'ended', stop: 'idle' },
  offline: { welcome: 'online', refused: 'ended', stop: 'idle' },
  ended: { start: 'connecting', stop: 'idle' },
}

/** The next state; a signal that means nothing in a state leaves it. */
export function step(state: LineState, signal: LineSignal): LineState {
  return STEPS[state][signal] ?? state
}

export const LINE_STATES = Object.keys(STEPS) as LineState[]
