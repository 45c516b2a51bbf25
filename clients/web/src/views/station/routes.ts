/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/station',
    name: 'station',
    component: () => import('./StationView.vue'),
    meta: { posts: ['town_desk', 'village_desk'], nav: 'station', scale: 'station', areas: ['station', 'desk'] },
  },
]
