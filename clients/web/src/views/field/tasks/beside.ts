/** The dispatch board's part of the phone: one file, fetched behind the first screen and kept for when there is no network. */
export { default as FieldAsks } from './FieldAsks.vue'
export { default as FieldOrders } from './FieldOrders.vue'
