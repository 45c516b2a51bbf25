/** What stands beside the pictures: one at a time; on a phone as a sheet from below. */
export type Side = 'people' | 'chat' | 'roll' | 'devices' | 'invite' | 'more'
