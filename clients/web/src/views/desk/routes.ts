/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/desk',
    name: 'desk',
    component: () => import('./DeskView.vue'),
    meta: { posts: ['department_desk'], nav: 'desk', areas: ['desk'] },
  },
]
