/** The shape of the tables: event name → change. What is missing, or claimed for no event, does not compile. */
import type { EventFields, EventName } from '@/protocol/types.gen'
import type { Draft } from './draft'

/** `fields` belong to the view from then on; `at` is the entry's time, ms. */
export type Change<N extends EventName> = (draft: Draft, fields: EventFields[N], at: number) => void
export type Table<N extends EventName = EventName> = { readonly [K in N]: Change<K> }
