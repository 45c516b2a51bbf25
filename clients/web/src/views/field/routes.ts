/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/field',
    name: 'field',
    component: () => import('./FieldView.vue'),
    meta: { posts: ['field'], nav: 'field', scale: 'field', areas: ['field'] },
  },
]
