/** Doors of the consultations: the list, a room, and the window for the wall. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/consultation',
    name: 'consultations',
    component: () => import('./RoomsPage.vue'),
    meta: { posts: ['duty_commander', 'department_desk', 'town_desk', 'village_desk', 'observer'], nav: 'consultation', areas: ['consultation', 'media'] },
  },
  { path: '/consultation/:id', name: 'consultation', component: () => import('./RoomView.vue'), meta: { theme: 'wall', areas: ['consultation', 'media'] } },
  {
    path: '/consultation/:id/wall',
    name: 'consultation-wall',
    component: () => import('./WallRoom.vue'),
    meta: { theme: 'wall', scale: 'wall', wall: true, areas: ['consultation', 'media'] },
  },
]
