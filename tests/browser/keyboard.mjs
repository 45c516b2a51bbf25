/** Without a mouse: a village signs in, acknowledges and reports; the commander writes a new command. Nothing is clicked. */
import assert from 'node:assert/strict'
import { issue, timeline, VILLAGE } from './orders.mjs'
import { online, PASSWORD, play, sees, until } from './stage.mjs'
import { station } from './wire.mjs'

const TITLE = '低洼小区排水'

await play(async (stage) => {
  const wire = await station('commander2')
  const { id } = await wire.act(issue(TITLE, [VILLAGE]))
  wire.close()

  const village = await stage.device('village')
  await byKeys(village, VILLAGE)
  await sees(village.getByRole('heading', { name: TITLE }))
  await village.keyboard.press('F2')
  await sees(village.getByRole('button', { name: /^已签收/ }))
  await village.keyboard.press('F4')
  await tabTo(village, village.getByRole('spinbutton', { name: '转移人数' }))
  await village.keyboard.type('12')
  await tabTo(village, village.getByLabel('情况说明'))
  await village.keyboard.type('地下车库已断电')
  await tabTo(village, village.getByRole('button', { name: '上报', exact: true }))
  await village.keyboard.press('Enter')
  await sees(village.getByText('本单位反馈 1 次'))

  const commander = await stage.device('commander', { viewport: { width: 1920, height: 1080 } })
  await byKeys(commander, 'commander')
  await sees(commander.getByRole('heading', { name: TITLE }))
  // The help lists the keys, and gives the focus back.
  await commander.keyboard.press('?')
  await sees(commander.getByRole('dialog', { name: '键盘快捷键' }).getByText('新建指令'))
  await commander.keyboard.press('Escape')
  await commander.keyboard.press('n')
  const form = commander.getByRole('heading', { name: '新建指令' })
  await sees(form)
  await focused(commander, commander.getByRole('group', { name: '模板' }).getByRole('button').first())
  // earlier orders come first; what the plans hold ready is one key further
  await tabTo(commander, commander.getByRole('button', { name: /^其他预案/ }))
  await commander.keyboard.press('Enter')
  await commander.keyboard.press('Shift+Tab')
  const template = commander.getByRole('group', { name: '模板' }).getByRole('button', { name: '客流监测和分级限流' })
  await sees(template)
  for (let pressed = 0; pressed < 30 && !(await hasFocus(template)); pressed += 1) {
    await commander.keyboard.press('ArrowUp')
  }
  assert.ok(await hasFocus(template))
  await commander.keyboard.press('Enter')
  await focused(commander, commander.getByRole('button', { name: '预览接收单位' }))
  await commander.keyboard.press('Enter')
  await focused(commander, commander.getByRole('button', { name: '下达至 11 个单位' }))
  await commander.keyboard.press('Enter')
  await sees(commander.getByText('指令已下达至 11 个单位'))
  await sees(commander.getByRole('complementary', { name: '指令级联' }).getByRole('heading', { name: '客流监测和分级限流' }))

  const rows = await timeline(commander, `command=${id}`)
  assert.equal(rows.filter(({ type }) => type === 'ProgressReported').length, 1)
  assert.ok(rows.some(({ type, text }) => type === 'ProgressReported' && text.includes('地下车库已断电')))
})

async function byKeys(page, login) {
  await page.goto('/login')
  await focused(page, page.getByLabel('账号'))
  await page.keyboard.type(login)
  await page.keyboard.press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await online(page)
}

function hasFocus(locator) {
  return locator.evaluate((element) => element === document.activeElement)
}

async function focused(page, locator) {
  await sees(locator)
  await until(() => hasFocus(locator), `focus on ${locator}`)
}

/** Presses Tab as often as it takes; a person would give up after a while too. */
async function tabTo(page, locator, most = 60) {
  await sees(locator)
  for (let n = 0; n < most; n += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new assert.AssertionError({ message: `not reached by ${most} × Tab: ${locator}` })
}
