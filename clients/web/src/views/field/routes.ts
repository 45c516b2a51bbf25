/** Doors of this area: the phone with its four tabs, and joining a team by QR. */
import type { RouteRecordRaw } from 'vue-router'
import { themeNow } from './phone/theme'

export const routes: RouteRecordRaw[] = [
  {
    // No entry in the head: on a phone the tabs below are the navigation.
    path: '/field/:tab(report|map|call)?',
    name: 'field',
    component: () => import('./FieldView.vue'),
    meta: {
      posts: ['field'],
      scale: 'field',
      areas: ['field'],
      // Read on every navigation: sun or night is chosen on the phone, not by the route.
      get theme() {
        return themeNow()
      },
    },
  },
  {
    path: '/join',
    name: 'join',
    component: () => import('./join/JoinPage.vue'),
    meta: {
      bare: true,
      open: true,
      scale: 'field',
      areas: ['join'],
      get theme() {
        return themeNow()
      },
    },
  },
]
