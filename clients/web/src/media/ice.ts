/** Relays, with credentials that run out; none of them is no hindrance: answers carry the addresses. */
import type { MediaServers } from '@/protocol/types.gen'
import { ask } from '@/wire/http'

let servers: { list: RTCIceServer[]; until: number } | null = null

export async function ice(): Promise<RTCIceServer[]> {
  if (servers && Date.now() < servers.until) return servers.list
  const answer = await ask<MediaServers>('/api/media', { timeoutMs: 3_000 })
  servers = { list: answer.ice_servers, until: answer.expires === 0 ? Infinity : answer.expires - 60_000 }
  return servers.list
}
