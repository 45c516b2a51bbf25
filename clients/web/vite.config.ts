/**
 * The build. It writes into server/web, which the server serves as it is; nothing is fetched from outside at run
 * time. The manifest is kept: scripts/sizes.mjs reads it to check the budgets.
 */
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { ahead } from './vite/ahead.ts'
import { leanVue } from './vite/leanVue.ts'
import { precompress } from './vite/precompress.ts'
import { serviceWorker } from './vite/serviceWorker.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const server = process.env.PINGJI_SERVER ?? 'http://127.0.0.1:8080'

/** Small parts that every signed-in page shows at once. */
const HOUSE =
  /src[\\/](design[\\/](Badge|Brand|Button|Countdown|EmptyState|ErrorState|Icon|Skeleton|ToastList|toast|words)|views[\\/](field[\\/](tasks[\\/]tasks|sos[\\/]sos)\.ts)|i18n[\\/](?!en\.)\w+\.ts|i18n[\\/]zh-CN[\\/](shell|errors)|protocol[\\/](?!dispatch)|world[\\/](?!live|evolve|board)|wire[\\/](http|identity|plain|refused)|shell[\\/](\w+\.ts|AppFrame|Brand|ConnectionStrip|EmergencyBar)|actions[\\/]delivery)|vite[\\/]preload-helper/

/** What the board's page shares with phones, workstations and desks; and what those have beside it. The map comes only when it is wanted. */
const PARTS = /src[\\/](views[\\/]board[\\/]parts|world[\\/]board\.|actions[\\/]board[\\/](accept|acknowledge|amend|closeRequest|commit|decline|estimate|handOver|report|request|withdraw))/
const SUPPLY = /src[\\/]views[\\/]supply[\\/](?!PointOnMap)/

export default defineConfig(({ mode }) => ({
  root: here('.'),
  plugins: [leanVue(), vue(), ahead(), serviceWorker(), precompress()],
  resolve: {
    // @/… is src/….
    alias: { '@': here('./src') },
  },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
    __BUILD__: JSON.stringify(mode === 'test' ? 'test' : new Date().toISOString().slice(0, 16)),
  },
  build: {
    outDir: here('../../server/web'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    cssCodeSplit: true,
    modulePreload: {
      // The entry leads to every room. What their first screens need vite/ahead.ts asks for; a list of the pieces of all
      // others would be on every first screen, the phone's too. Styles stay in it: they come by no other way.
      resolveDependencies: (_file, pieces, { hostId }) => (/^assets\/index-/.test(hostId) ? [] : pieces),
    },
    reportCompressedSize: false,
    assetsInlineLimit: 2048,
    // What every page needs travels as one file: it compresses better and asks once over a slow line.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router|pinia|@intlify|vue-i18n)[\\/]/ },
            { name: 'house', test: HOUSE },
            // Kept for no network, so one file each instead of twenty small ones.
            { name: 'parts', test: PARTS, includeDependenciesRecursively: false },
            { name: 'supply', test: SUPPLY, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server },
      '/socket.io': { target: server, ws: true },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts', 'src/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    maxWorkers: 1,
    // The first test that opens a door compiles its whole view: on a busy machine that alone takes seconds.
    testTimeout: 30_000,
  },
}))
