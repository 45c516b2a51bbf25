/** Orders as scenarios issue them over the wire, and the log as the last word of what happened. */
import { api } from './stage.mjs'

export const DISTRICT = '310116'
export const TOWN = '310116001'
export const VILLAGE = '310116001002'
export const TEAM = 'T310116001'

/** An order to units by code, with two numbers to report. */
export function issue(title, units, more = {}) {
  return {
    type: 'IssueCommand',
    order: {
      title,
      text: '沿堤逐段查看,发现渗漏、管涌立即上报。',
      priority: 'urgent',
      clocks: { acknowledge: 300, accept: 600, report: 1800 },
      relay: 'optional',
      fields: [
        { key: 'moved', label: '转移人数', measure: '人' },
        { key: 'crew', label: '出动人员', measure: '人' },
      ],
      ...more,
    },
    to: { units, areas: [], groups: [] },
  }
}

/** Everything this person may see of the log, oldest first. */
export async function timeline(page, query = '') {
  const rows = []
  for (;;) {
    const before = rows.length ? `&before=${rows.at(-1).seq}` : ''
    const { rows: more } = await api(page, `/api/timeline?${query}${before}`)
    if (more.length === 0) return rows.reverse()
    rows.push(...more)
  }
}

/** A picture as a phone's camera gives it: a real PNG, drawn in the page. */
export async function photo(page, words = '现场') {
  const base64 = await page.evaluate((text) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 960 })
    const pen = canvas.getContext('2d')
    const sky = pen.createLinearGradient(0, 0, 0, 960)
    sky.addColorStop(0, '#4d5b66')
    sky.addColorStop(0.55, '#8d99a1')
    sky.addColorStop(0.56, '#5b5344')
    sky.addColorStop(1, '#3a362d')
    pen.fillStyle = sky
    pen.fillRect(0, 0, 1280, 960)
    pen.fillStyle = '#26241f'
    pen.fillRect(120, 520, 1040, 60)
    pen.font = 'bold 90px sans-serif'
    pen.fillStyle = '#fff'
    pen.fillText(text, 140, 200)
    return canvas.toDataURL('image/png').split(',')[1]
  }, words)
  return { name: 'camera.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') }
}
