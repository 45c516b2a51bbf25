/**
 * The only place that knows socket.io-client. Websocket only (polling bodies over ~100 kB fail), msgpack parser, no
 * reconnection by the library: connection.ts decides when to try again.
 */
import { io } from 'socket.io-client'
import * as parser from 'socket.io-msgpack-parser'

/** What connection.ts needs of a socket; tests bring their own. */
export interface WireSocket {
  connect(): void
  disconnect(): void
  on(event: string, heard: (data: unknown) => void): void
  /** Sends and waits for the ack; rejects when none came in time. */
  ask(event: string, data: unknown, timeoutMs: number): Promise<unknown>
  /** Volatile: dropped when the line is down. */
  hint(event: string, data: unknown): void
}

export type Dial = (auth: () => object) => WireSocket

export const dial: Dial = (auth) => {
  const socket = io({
    path: '/socket.io/',
    transports: ['websocket'],
    parser,
    autoConnect: false,
    reconnection: false,
    forceNew: true,
    timeout: 10_000,
    auth: (give) => give(auth()),
  })
  return {
    connect: () => void socket.connect(),
    disconnect: () => void socket.disconnect(),
    on: (event, heard) => void socket.on(event, heard),
    ask: (event, data, timeoutMs) => socket.timeout(timeoutMs).emitWithAck(event, data),
    hint: (event, data) => void socket.volatile.emit(event, data),
  }
}
