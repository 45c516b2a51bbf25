/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/plans',
    name: 'plans',
    component: () => import('./PlanView.vue'),
    meta: { posts: ['duty_commander', 'administrator'], nav: 'plans', areas: ['plan'] },
  },
]
