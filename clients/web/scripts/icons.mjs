/**
 * Draws the PNG icons from public/icons/icon.svg with the system's Chromium (CHROMIUM, else /usr/bin/chromium). The results
 * are committed: run it only when the sign changes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const icons = new URL('../public/icons/', import.meta.url)
const sign = readFileSync(new URL('icon.svg', icons), 'utf8')
const bare = sign.replace(/<rect[^>]*>/, '')
const drawings = [
  { name: 'icon-192.png', size: 192, svg: sign },
  { name: 'icon-512.png', size: 512, svg: sign },
  // The safe zone of a maskable icon is the inner 80 %: the ground fills the square, the sign is smaller.
  { name: 'maskable-512.png', size: 512, svg: bare, ground: '#0B1220', inset: 0.14 },
  // A badge is a silhouette: Android shows its alpha channel only.
  { name: 'badge-96.png', size: 96, svg: bare.replaceAll(/#[0-9A-F]{6}/g, '#FFFFFF') },
]

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
const page = await browser.newPage()
for (const { name, size, svg, ground = 'transparent', inset = 0 } of drawings) {
  await page.setViewportSize({ width: size, height: size })
  const pad = Math.round(size * inset)
  const drawn = svg.replace('<svg ', `<svg width="${size - 2 * pad}" height="${size - 2 * pad}" `)
  await page.setContent(`<body style="margin:0;padding:${pad}px;background:${ground}">${drawn}</body>`)
  const picture = await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } })
  writeFileSync(new URL(name, icons), picture)
}
await browser.close()
