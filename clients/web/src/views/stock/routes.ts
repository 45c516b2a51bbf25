/** Doors of this area: the stock of one's own unit and below, and counting it at the shelf (also for who keeps it in a team). */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/stock',
    name: 'stock',
    component: () => import('./StockView.vue'),
    meta: { posts: ['duty_commander', 'department_desk', 'town_desk', 'village_desk', 'administrator', 'observer'], nav: 'stock', areas: ['stock', 'board', 'admin'] },
  },
  {
    path: '/stock/count',
    name: 'stock-count',
    component: () => import('./count/CountView.vue'),
    meta: { posts: ['duty_commander', 'department_desk', 'town_desk', 'village_desk', 'field', 'administrator'], areas: ['stock', 'board', 'admin', 'desk'] },
  },
]
