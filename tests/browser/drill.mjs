/** 演练 from the button: the tree fills by itself, the watermark is there, and the real district has noticed nothing. */
import assert from 'node:assert/strict'
import { bar } from './emergency.mjs'
import { TOWN, timeline } from './orders.mjs'
import { gone, online, play, sees, until } from './stage.mjs'

/** how long the tree may take to fill to half */
const FILLS_WITHIN = 90_000

await play(async (stage) => {
  const commander = await stage.enter('commander', { viewport: { width: 1920, height: 1080 } })
  const town = await stage.enter(TOWN)
  const before = await timeline(commander)

  await commander.getByRole('button', { name: '更多' }).first().click()
  await commander.getByRole('menuitem', { name: '演练' }).click()
  const [drill] = await Promise.all([
    commander.waitForEvent('popup'),
    commander.getByRole('dialog').getByRole('button', { name: '开始演练' }).click(),
  ])
  drill.on('pageerror', (error) => stage.thrown.push(`drill: ${error.stack ?? error}`))
  stage.open.push({ name: 'drill', page: drill })
  await online(drill, 60_000)
  await sees(drill.getByText('演练：与真实系统隔离，不通知真实人员'))
  await sees(bar(drill), 60_000)

  const start = Date.now()
  const signed = await until(async () => {
    const said = await drill.getByText(/^签收 \d+\/\d+$/).allInnerTexts()
    const counts = said.map((words) => words.match(/(\d+)\/(\d+)/).slice(1).map(Number))
    const [most] = counts.filter(([, all]) => all > 100).sort(([a], [b]) => b - a)
    return most && most[0] > most[1] / 2 && most
  }, 'half of the district has signed', FILLS_WITHIN)
  console.log(`${((Date.now() - start) / 1000).toFixed(1).padStart(5)} s  ${signed.join('/')} signed`)

  // Structural isolation: no bar, no order, no entry in the real log.
  assert.equal(await bar(town).count(), 0)
  assert.equal(await bar(commander).count(), 0)
  assert.equal(await commander.getByText('演练：与真实系统隔离，不通知真实人员').count(), 0)
  assert.deepEqual((await timeline(commander)).map(({ seq }) => seq), before.map(({ seq }) => seq))

  // Ended from the list of drills: its window is told.
  await commander.goto('/drills')
  await commander.getByRole('button', { name: '结束演练' }).click()
  await commander.getByRole('alertdialog').or(commander.getByRole('dialog')).getByRole('button', { name: '结束演练' }).click()
  await gone(commander.getByRole('listitem').filter({ hasText: '演练' }).getByRole('button', { name: '结束演练' }))
})
