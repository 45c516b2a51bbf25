/**
 * Who sits here: the account, its unit and post, the log. Signing in and out, the first password, joining by pairing.
 *
 * The server keeps the session in a cookie. A window opened with a token of its own (a drill) keeps it in sessionStorage,
 * so that two logs can be open side by side. The last known identity (no secret) stays on the device, that of a window with
 * a token in the window: the app then opens without a network, or before a slow one answers, and shows what it knew.
 */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Post } from '@/protocol/types.gen'
import { ask, useBearer } from '@/wire/http'
import { asRefused } from '@/wire/refused'

export interface Identity {
  readonly account: string
  readonly name?: string
  readonly unit: string
  readonly unit_name?: string
  readonly post: Post
  readonly log: string
  readonly password_due: boolean
  readonly exercise?: boolean
  readonly token?: string
}

const TOKEN = 'pingji.token'
const LAST = 'pingji.identity'
/** a remembered identity opens the page when the server has not answered by then */
const PATIENCE_MS = 1_000
const GIVE_UP_MS = 5_000

export const useSession = defineStore('session', () => {
  const me = shallowRef<Identity | null>(null)
  /** the identity is remembered, not confirmed: the server could not be asked yet */
  const unconfirmed = shallowRef(false)
  /** the page opened on a remembered identity, and then the server said that this session is over */
  const turnedAway = shallowRef(false)
  let asked: Promise<Identity | null> | null = null
  /** moves on with every sign-in and sign-out */
  let turn = 0

  function enter(identity: Identity): Identity {
    turn += 1
    if (identity.token) {
      sessionStorage.setItem(TOKEN, identity.token)
      useBearer(identity.token)
    }
    const { token: _secret, ...known } = identity
    place().setItem(LAST, JSON.stringify(known))
    me.value = known
    unconfirmed.value = false
    turnedAway.value = false
    return known
  }

  function clear(): void {
    turn += 1
    place().removeItem(LAST)
    sessionStorage.removeItem(TOKEN)
    useBearer('')
    me.value = null
    asked = null
  }

  /** Asks once per page who this is. Without a network, or before a slow one answers, whoever it was last time. */
  function whoami(): Promise<Identity | null> {
    asked ??= (async () => {
      takeTokenFromAddress()
      useBearer(sessionStorage.getItem(TOKEN) ?? '')
      const last = remembered()
      const mine = (turn += 1)
      let pending = true
      const answer = ask<Identity>('/api/me', { timeoutMs: GIVE_UP_MS, begun: askedAhead() })
        .finally(() => (pending = false))
        // Signed in or out meanwhile: the answer is about somebody else.
        .then((identity) => (turn === mine ? welcome(identity) : me.value), (error: unknown) => (turn === mine ? sentOff(error, last) : me.value))
      if (last === null) return answer
      const patience = new Promise<Identity | null>((resolve) => setTimeout(() => pending && turn === mine && resolve(openAs(last)), PATIENCE_MS))
      return Promise.race([answer, patience])
    })()
    return asked
  }

  /** A window that opened as somebody whom the cookie no longer names starts again as who it is now. */
  function welcome(identity: Identity): Identity {
    const before = me.value
    const known = enter(identity)
    if (before && (before.log !== known.log || before.account !== known.account)) location.reload()
    return known
  }

  function sentOff(error: unknown, last: Identity | null): Identity | null {
    if (asRefused(error).retry) return last && openAs(last)
    const opened = me.value !== null
    clear()
    turnedAway.value = opened
    return null
  }

  function openAs(last: Identity): Identity {
    me.value ??= last
    unconfirmed.value = true
    return me.value
  }

  async function login(name: string, password: string, log?: string): Promise<Identity> {
    const json = log ? { login: name, password, log } : { login: name, password }
    const identity = enter(await ask<Identity>('/api/login', { json }))
    asked = Promise.resolve(identity)
    return identity
  }

  async function claim(pairing: { code: string; name: string; phone: string; device: string }): Promise<Identity> {
    const identity = enter(await ask<Identity>('/api/pairings/claim', { json: pairing }))
    asked = Promise.resolve(identity)
    return identity
  }

  async function changePassword(old: string, fresh: string): Promise<void> {
    await ask('/api/password', { json: { old, new: fresh } })
    if (me.value) me.value = { ...me.value, password_due: false }
  }

  async function logout(): Promise<void> {
    await ask('/api/logout', { method: 'POST' }).catch(() => undefined)
    clear()
  }

  return {
    me,
    unconfirmed,
    turnedAway,
    owner: computed(() => (me.value ? `${me.value.log}/${me.value.account}` : null)),
    token: () => sessionStorage.getItem(TOKEN) ?? '',
    whoami,
    login,
    claim,
    changePassword,
    logout,
    clear,
  }
})

/** Where the identity is remembered: a drill's window must not make the others open as its own. */
const place = (): Storage => (sessionStorage.getItem(TOKEN) ? sessionStorage : localStorage)

function remembered(): Identity | null {
  const last = place().getItem(LAST)
  return last === null ? null : (JSON.parse(last) as Identity)
}

declare global {
  /** set by the script in the head (vite/ahead.ts) */
  var whoIsThis: Promise<Response> | undefined
}

/** The question that the head of the page has asked already, once. */
function askedAhead(): Promise<Response> | undefined {
  const begun = globalThis.whoIsThis
  globalThis.whoIsThis = undefined
  return begun
}

/** A drill is opened as …/#token=…: taken out of the address at once, so that it is neither bookmarked nor shown. */
function takeTokenFromAddress(): void {
  const match = /^#token=([\w.~-]+)$/.exec(location.hash)
  if (!match?.[1]) return
  sessionStorage.setItem(TOKEN, match[1])
  sessionStorage.removeItem(LAST)
  history.replaceState(history.state, '', location.pathname + location.search)
}
