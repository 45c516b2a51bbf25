/** Puts the parts together and starts the page. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import './design/base.css'
import { i18n, restoreLocale } from './i18n'
import { router } from './router'
import { listen } from './shell/keys'
import { watchForUpdates } from './shell/update'

await restoreLocale()
listen()
watchForUpdates(router.isReady())
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
