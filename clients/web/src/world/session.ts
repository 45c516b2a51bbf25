/**
 * Who sits here: the account, its unit and post, the log. Signing in and out, the first password, joining by pairing.
 *
 * The server keeps the session in a cookie. A window opened with a token of its own (a drill) keeps it in sessionStorage,
 * so that two logs can be open side by side. The last known identity (no secret) stays on the device: the app then opens
 * without a network and shows what it knew.
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

export const useSession = defineStore('session', () => {
  const me = shallowRef<Identity | null>(null)
  /** the identity is remembered, not confirmed: the server could not be asked yet */
  const unconfirmed = shallowRef(false)
  let asked: Promise<Identity | null> | null = null

  function enter(identity: Identity): Identity {
    if (identity.token) {
      sessionStorage.setItem(TOKEN, identity.token)
      useBearer(identity.token)
    }
    const { token: _secret, ...known } = identity
    localStorage.setItem(LAST, JSON.stringify(known))
    me.value = known
    unconfirmed.value = false
    return known
  }

  function clear(): void {
    sessionStorage.removeItem(TOKEN)
    localStorage.removeItem(LAST)
    useBearer('')
    me.value = null
    asked = null
  }

  /** Asks once per page who this is. Without a network, whoever it was last time. */
  function whoami(): Promise<Identity | null> {
    asked ??= (async () => {
      takeTokenFromAddress()
      useBearer(sessionStorage.getItem(TOKEN) ?? '')
      try {
        return enter(await ask<Identity>('/api/me', { timeoutMs: 5_000 }))
      } catch (error) {
        const refused = asRefused(error)
        if (refused.code !== 'network' && refused.code !== 'timeout') {
          if (!refused.retry) clear()
          return null
        }
        const last = localStorage.getItem(LAST)
        if (last === null) return null
        me.value = JSON.parse(last) as Identity
        unconfirmed.value = true
        return me.value
      }
    })()
    return asked
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

/** A drill is opened as …/#token=…: taken out of the address at once, so that it is neither bookmarked nor shown. */
function takeTokenFromAddress(): void {
  const match = /^#token=([\w.~-]+)$/.exec(location.hash)
  if (!match?.[1]) return
  sessionStorage.setItem(TOKEN, match[1])
  history.replaceState(history.state, '', location.pathname + location.search)
}
