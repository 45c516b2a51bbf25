/** 重设密码: a first password, given by an administrator; the person must choose another, and is signed out everywhere. */
import { ask } from '@/wire/http'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

/** No letters that are read wrongly from paper: 0 O 1 l I. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LONG = 12

export const maySetPassword = (me: Identity | null): boolean => mayPost(me, 'RequirePassword')

/** Twelve characters in groups of four; about 70 bits. */
export function generatePassword(): string {
  const letters: string[] = []
  while (letters.length < LONG) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1))
    // bytes that would make some letters likelier than others are thrown away
    if (byte < 256 - (256 % ALPHABET.length)) letters.push(ALPHABET[byte % ALPHABET.length] ?? '')
  }
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}

/** `id` is the action's: kept when asked again. */
export async function setPassword(id: string, account: string, password: string): Promise<void> {
  await ask('/api/accounts/password', { json: { id, account, password } })
}
