/** The dispatch board's part of the workstation: one file, fetched behind the first screen and kept for when there is no network. */
export { default as SupplyBar } from './SupplyBar.vue'
export { default as SupplyPane } from './SupplyPane.vue'
