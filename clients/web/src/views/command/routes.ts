/** Doors of this area. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/command',
    name: 'command',
    component: () => import('./CommandView.vue'),
    meta: { posts: ['duty_commander', 'observer'], nav: 'command', theme: 'wall', areas: ['command'] },
  },
  {
    path: '/wall',
    name: 'wall',
    component: () => import('./CommandView.vue'),
    meta: { posts: ['duty_commander', 'observer'], theme: 'wall', scale: 'wall', wall: true, areas: ['command'] },
  },
]
