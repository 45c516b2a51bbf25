/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/admin',
    name: 'admin',
    component: () => import('./AdminView.vue'),
    meta: { posts: ['administrator'], nav: 'admin', areas: ['admin'] },
  },
]
