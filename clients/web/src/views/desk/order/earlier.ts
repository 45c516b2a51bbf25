/**
 * The order in an earlier version, so that an amendment can show what changed: remembered on this device by whoever signed it
 * here, else asked of the server, whose journal keeps every version. Asked again when the line is back.
 */
import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import type { Command, Order } from '@/protocol/types.gen'
import { ask } from '@/wire/http'
import { useLine } from '@/world/line'
import { changesBetween, type Changes } from './changes'
import { remembered } from './orderMemory'

export interface OrderVersion {
  readonly version: number
  /** server ms */
  readonly at: number
  /** the name of who wrote it */
  readonly by: string
  readonly order: Order
}

/** the history follows the log: a version of this moment may be a moment late */
const AGAIN_MS = 1_500
const TRIES = 4

/** All versions that this account may see, oldest first. Rejects with a Refused. */
export async function orderVersions(command: string): Promise<readonly OrderVersion[]> {
  return (await ask<{ versions: readonly OrderVersion[] }>(`/api/commands/${encodeURIComponent(command)}/versions`)).versions
}

/** The one that was read, else the newest before the present one. */
export function before(versions: readonly OrderVersion[], { version }: Command, read: number): OrderVersion | undefined {
  const older = versions.filter((one) => one.version < version)
  return older.find((one) => one.version === read) ?? older.at(-1)
}

export interface Amendment {
  readonly changes: ComputedRef<Changes | null>
  /** asked, and there is no answer: out of reach, or it was amended before this unit came to see it */
  readonly unknown: ComputedRef<boolean>
}

/** What changed since version `read` of a command; of null: nothing is asked. */
export function useAmendment(command: () => Command | null, read: () => number): Amendment {
  const line = useLine()
  const found = shallowRef<Order | null>(null)
  const looked = shallowRef(false)
  let mine = 0

  async function look(about: Command): Promise<void> {
    mine += 1
    const turn = mine
    found.value = remembered(about)
    looked.value = false
    for (let n = 0; found.value === null && n < TRIES; n += 1) {
      if (n > 0) await new Promise((done) => setTimeout(done, AGAIN_MS))
      if (turn !== mine) return
      const versions = await orderVersions(about.id).catch(() => [])
      if (turn !== mine) return
      found.value = before(versions, about, read())?.order ?? null
      if (!line.online) break
    }
    looked.value = true
  }

  watch(
    () => command() && `${command()?.id} ${command()?.version}`,
    () => {
      const about = command()
      mine += 1
      found.value = null
      if (about) void look(about)
    },
    { immediate: true },
  )
  watch(
    () => line.online,
    (online) => {
      const about = command()
      if (online && about && found.value === null) void look(about)
    },
  )
  return {
    changes: computed(() => {
      const about = command()
      return about && found.value ? changesBetween(found.value, about.order) : null
    }),
    unknown: computed(() => looked.value && found.value === null),
  }
}
