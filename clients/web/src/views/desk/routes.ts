/** Doors of this area. The inbox of dispatch orders is also a page of its own, for workstations. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/desk',
    name: 'desk',
    component: () => import('./DeskView.vue'),
    meta: { posts: ['department_desk'], nav: 'desk', areas: ['desk'] },
  },
  {
    path: '/station/dispatch',
    name: 'station-dispatch',
    component: () => import('./dispatch/TownDispatch.vue'),
    meta: { posts: ['town_desk', 'village_desk'], scale: 'station', areas: ['desk', 'board', 'supply', 'inbox'] },
  },
]
