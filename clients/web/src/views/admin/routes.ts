/** Doors of this area. The one to open first is the tree of units. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/admin',
    name: 'admin',
    component: () => import('./AdminView.vue'),
    redirect: { name: 'admin-units' },
    meta: { posts: ['administrator'], nav: 'admin', areas: ['admin'] },
    children: [
      { path: 'units/:code?', name: 'admin-units', component: () => import('./units/UnitsPage.vue'), props: true },
      { path: 'groups', name: 'admin-groups', component: () => import('./groups/GroupsPage.vue') },
      { path: 'people/:account?', name: 'admin-people', component: () => import('./people/PeoplePage.vue'), props: true },
      { path: 'cameras', name: 'admin-cameras', component: () => import('./cameras/CamerasPage.vue') },
      { path: 'webhooks', name: 'admin-webhooks', component: () => import('./webhooks/WebhooksPage.vue') },
      { path: 'settings', name: 'admin-settings', component: () => import('./system/SettingsPage.vue') },
      { path: 'system', name: 'admin-system', component: () => import('./system/SystemPage.vue') },
    ],
  },
]
