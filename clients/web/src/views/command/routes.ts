/** Doors of this area. The wall is a second window without controls. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/command',
    name: 'command',
    component: () => import('./CommandView.vue'),
    meta: { posts: ['duty_commander', 'observer'], nav: 'command', theme: 'wall', areas: ['command', 'drill'] },
  },
  {
    path: '/command/wall',
    alias: '/wall',
    name: 'wall',
    component: () => import('./WallView.vue'),
    meta: { posts: ['duty_commander', 'observer'], theme: 'wall', scale: 'wall', wall: true, areas: ['command'] },
  },
]
