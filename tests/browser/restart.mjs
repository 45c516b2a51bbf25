/** The server dies with four browsers open, and comes back: everybody says so, what was pressed meanwhile arrives once. */
import assert from 'node:assert/strict'
import { issue, TEAM, timeline, TOWN, VILLAGE } from './orders.mjs'
import { line, online, PHONE, play, sees, until } from './stage.mjs'
import { station } from './wire.mjs'

const TITLE = '大堤巡查'

await play(async (stage) => {
  const commander = await stage.enter('commander')
  const desk = await stage.enter('d01')
  const village = await stage.enter(VILLAGE)
  const phone = await stage.enter(TEAM.toLowerCase(), PHONE)
  const everybody = [commander, desk, village, phone]

  const wire = await station('commander2')
  const { id } = await wire.act(issue(TITLE, ['D01', TOWN, VILLAGE, TEAM]))
  wire.close()
  for (const page of everybody) await sees(page.getByText(TITLE))

  for (const page of everybody) await page.evaluate(() => void (globalThis.sameDocument = true))
  await helm('kill9')
  for (const page of everybody) await sees(line(page).filter({ hasText: '重连中' }))
  await desk.getByRole('button', { name: '签收', exact: true }).click()
  await phone.getByRole('button', { name: `签收: ${TITLE}` }).click()
  await sees(line(desk).filter({ hasText: '待发送 1' }))
  await sees(line(phone).filter({ hasText: '待发送 1' }))

  await helm('start')
  for (const page of everybody) await online(page, 30_000)
  await until(async () => (await line(desk).innerText()).includes('待发送') === false, 'the desk has sent')
  await until(async () => (await line(phone).innerText()).includes('待发送') === false, 'the phone has sent')

  const signed = await until(async () => {
    const rows = (await timeline(commander, `command=${id}`)).filter((row) => row.type === 'CommandAcknowledged')
    return rows.length >= 2 && rows
  }, 'both acknowledgements in the log')
  assert.deepEqual(signed.map((row) => row.unit).sort(), ['D01', TEAM])
  // Nobody had to reload, and each still sees the order.
  for (const page of everybody) {
    await sees(page.getByText(TITLE))
    assert.equal(await page.evaluate(() => globalThis.sameDocument), true)
  }
})

async function helm(deed) {
  const answer = await fetch(`${process.env.HELM}/${deed}`, { method: 'POST', signal: AbortSignal.timeout(60_000) })
  assert.ok(answer.ok, deed)
}
