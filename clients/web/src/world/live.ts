/** What the line is made of, in one chunk that is fetched when the line is started. */
export { Connection } from '@/wire/connection'
export { deviceId } from '@/wire/identity'
export { keep } from '@/wire/keep'
export { Outbox } from '@/wire/outbox'
export { dial } from '@/wire/socket'
export { upload } from '@/wire/upload'
export { evolveView } from './evolveView'
