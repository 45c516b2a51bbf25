/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/drills',
    name: 'drills',
    component: () => import('./DrillView.vue'),
    meta: { posts: ['duty_commander', 'administrator'], nav: 'drills', areas: ['drill'] },
  },
]
