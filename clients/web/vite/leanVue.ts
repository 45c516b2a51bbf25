/**
 * Lets the bundler drop the parts of Vue that nobody uses. Two libraries look into the whole of Vue (`import * as vue`) to
 * find one function that older versions lack; that keeps every export alive (custom elements, transitions, hydration …),
 * some 10 kB on a phone with a bad line. Here the one function is imported by its name.
 */
import type { Plugin } from 'vite'

const REWRITES = [
  {
    file: /reka-ui\/dist\/shared\/useId\.js$/,
    from: [/import \* as vue from "vue";/, /"useId" in vue/, /vue\.useId\?\.\(\)/],
    to: ['import { useId as vueUseId } from "vue";', 'true', 'vueUseId()'],
  },
  {
    file: /vue-i18n\/dist\/vue-i18n(\.runtime)?\.mjs$/,
    from: [/import \* as Vue from 'vue';/, /if \(key in Vue\) \{\s*return Vue\[key\];\s*\}\s*else/, /Vue\.getCurrentInstance\(\)/],
    to: ["import { getCurrentInstance as vueInstance } from 'vue';", '', 'vueInstance()'],
  },
]

export function leanVue(): Plugin {
  return {
    name: 'pingji-lean-vue',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      const rewrite = REWRITES.find(({ file }) => file.test(id))
      if (!rewrite) return null
      return rewrite.from.reduce((text, from, index) => {
        if (!from.test(text)) this.error(`${id} no longer reads as expected (${from}): look whether leanVue is still needed`)
        return text.replace(from, rewrite.to[index] ?? '')
      }, code)
    },
  }
}
