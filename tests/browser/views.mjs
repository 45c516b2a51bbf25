/**
 * Every view in one language (WORDS): in Chinese nothing serious by axe, in English no Chinese left in what the software says
 * by itself (the elements are the same, so axe looks once). What the district says (names, titles, texts) is known from the
 * view and taken out before looking.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { DISTRICT, issue, TEAM, TOWN, VILLAGE } from './orders.mjs'
import { line, online, PHONE, play, sees, signIn } from './stage.mjs'
import { station } from './wire.mjs'

const AXE = readFileSync(createRequire(`${process.env.WEB}/package.json`).resolve('axe-core/axe.min.js'), 'utf8')
const WORDS = process.env.WORDS
const english = WORDS === 'en'
const WIDE = { viewport: { width: 1920, height: 1080 } }
const TITLE = '低洼小区排水'
/** a resource of D01 in the sample stock */
const LOT = 'sample-tower-001'

/** What each person sees, and how to get there from the view before. */
const ROUNDS = [
  ['commander', WIDE, {
    command: (page) => page.goto('/command'),
    compose: (page) => page.keyboard.press('n'),
    declare: (page) => page.keyboard.press('Escape').then(() => page.getByRole('button', { name: english ? /^Declare|^Start|^Activate/ : '启动应急' }).first().click()),
    line: (page) => page.keyboard.press('Escape').then(() => page.keyboard.press('/')),
    detail: (page) => page.keyboard.press('Escape').then(() => page.getByRole('treeitem').nth(1).click()),
    wall: (page) => page.goto('/command/wall'),
    plans: (page) => page.goto('/plans'),
    plan: (page) => page.goto('/plans/typhoon-flood'),
    drills: (page) => page.goto('/drills'),
    board: (page) => page.goto('/board'),
    'board-need': (page) => page.keyboard.press('j'),
    'board-sources': (page) => page.keyboard.press('s'),
    'board-ask': (page) => page.keyboard.press('Escape').then(() => page.keyboard.press('n')),
    'board-table': (page) => page.keyboard.press('Escape').then(() => page.keyboard.press('2')),
    'board-map': (page) => page.keyboard.press('3'),
    'board-wall': (page) => page.goto('/board/wall'),
    'board-totals': (page) => page.goto('/board/totals'),
  }],
  ['observer', WIDE, { watching: (page) => page.goto('/command') }],
  ['d01', {}, {
    desk: (page) => page.goto('/desk'),
    report: (page) => page.keyboard.press('r'),
    dispatched: (page) => page.goto('/desk?dispatch='),
    accepting: (page) => page.keyboard.press('y'),
    'board-desk': (page) => page.keyboard.press('Escape').then(() => page.goto('/board')),
    stock: (page) => page.goto(`/stock?resource=${LOT}`),
    'stock-new': (page) => page.keyboard.press('n'),
    'stock-import': (page) => page.keyboard.press('Escape').then(() => page.getByRole('button', { name: english ? 'Import' : '导入' }).click()),
    count: (page) => page.goto('/stock/count').then(() => page.locator('.place').first().click()),
    'no-permission': (page) => page.goto('/command'),
    'not-found': (page) => page.goto('/nowhere'),
  }],
  [TOWN, {}, {
    station: (page) => page.goto('/station'),
    relay: (page) => page.keyboard.press('F3'),
    'station-report': (page) => page.keyboard.press('Escape').then(() => page.keyboard.press('F4')),
    'station-dispatch': (page) => page.goto('/station/dispatch'),
  }],
  [TEAM.toLowerCase(), PHONE, {
    tasks: (page) => page.goto('/field'),
    'field-report': (page) => page.goto('/field/report'),
    map: (page) => page.goto('/field/map'),
    call: (page) => page.goto('/field/call'),
  }],
  ['admin', {}, {
    units: (page) => page.goto(`/admin/units/${TOWN}`),
    groups: (page) => page.goto('/admin/groups'),
    people: (page) => page.goto('/admin/people'),
    webhooks: (page) => page.goto('/admin/webhooks'),
    settings: (page) => page.goto('/admin/settings'),
    system: (page) => page.goto('/admin/system'),
  }],
]

/** the views that an emergency changes */
const REDDENED = [
  'command', 'compose', 'detail', 'wall', 'board', 'board-need', 'board-sources', 'board-table', 'board-wall', 'board-totals', 'board-desk',
  'desk', 'station', 'station-report', 'tasks', 'field-report',
]

await play(async (stage) => {
  const wrong = []
  const commander = await station('commander2')
  const told = stringsOf(commander.view)
  told.push(TITLE, ...stringsOf(issue(TITLE, [])), '台风“梅花”', '台风将至', '已到岗', '演练', 'English', '中文', '平急')
  told.sort((a, b) => b.length - a.length)
  const { id } = await commander.act(issue(TITLE, ['D01', TOWN, VILLAGE, TEAM]))
  await dispatch(commander)

  const door = await stage.device('login')
  await atTheDoor(door)
  await look(door, 'login', told, wrong)
  await door.goto('/join#notacode')
  await look(door, 'join', told, wrong)
  await stage.leave(door)

  await walk(stage, 'routine', ROUNDS, told, wrong)

  await commander.act({
    type: 'DeclareEmergency', scope: DISTRICT, level: 2, reason: '台风将至', plan: 'typhoon-flood',
    incident: { kind: 'typhoon', title: '台风“梅花”', grade: 'larger', colour: 'orange' },
  })
  const village = await station(VILLAGE)
  await village.act({ type: 'ReportProgress', command: id, unit: VILLAGE, counts: { moved: 12 }, text: '已到岗' })
  await village.act({ type: 'ReportSituation', kind: 'waterlogging', text: '已到岗' })
  village.close()
  await walk(stage, 'emergency', ROUNDS.map(([login, device, views]) => [login, device, pick(views, REDDENED)]), told, wrong)
  commander.close()
  const once = [...new Map(wrong.map(([view, finding]) => [finding, `${view}: ${finding}`])).values()]
  for (const finding of once) console.log(finding)
  assert.equal(once.length, 0, 'findings, each at the last view that has it')
})

/** The village asks for what D01 has, and D01 is asked to send it. */
async function dispatch(commander) {
  const { kind } = commander.view.board.resources[LOT].facts
  const village = await station(VILLAGE)
  const asked = await village.act({ type: 'RequestResources', need: { kind, quantity: 1, to: {}, purpose: TITLE } })
  village.close()
  await commander.act({ type: 'DispatchResources', request: asked.id, consignments: [{ lines: [{ resource: LOT, quantity: 1 }], note: TITLE }] })
}

function pick(views, names) {
  return Object.fromEntries(Object.entries(views).filter(([name]) => names.includes(name)))
}

async function walk(stage, mode, rounds, told, wrong) {
  for (const [login, device, views] of rounds) {
    if (Object.keys(views).length === 0) continue
    const page = await stage.device(login, device)
    await atTheDoor(page)
    await signIn(page, login)
    await online(page)
    for (const [name, go] of Object.entries(views)) {
      const start = Date.now()
      try {
        await go(page)
      } catch (error) {
        throw new Error(`${mode} ${login} ${name}: ${error.message}`, { cause: error })
      }
      await look(page, `${mode} ${name}`, told, wrong)
      console.log(`${((Date.now() - start) / 1000).toFixed(1).padStart(5)} s  ${WORDS} ${mode} ${name}`)
    }
    await stage.leave(page)
  }
}

async function atTheDoor(page) {
  await page.goto('/login')
  if (english) await page.getByRole('button', { name: 'English' }).click()
}

async function look(page, name, told, wrong) {
  await sees(page.locator('main'))
  if ((await line(page).count()) > 0) await online(page)
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  if (!english) wrong.push(...(await axe(page)).map((found) => [name, found]))
  else wrong.push(...(await chineseIn(page, told)).map((words) => [name, `Chinese in English: ${words}`]))
}

async function axe(page) {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) => `${id} (${nodes.length}×) ${node.target.join(' ')} ${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`))
  })
}

/** Texts and names of controls with Chinese in them that the district did not say. */
async function chineseIn(page, told) {
  const texts = await page.evaluate(() => {
    const found = new Set([document.title])
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { parentElement } = walker.currentNode
      if (parentElement && !parentElement.closest('script, noscript, style, svg')) found.add(walker.currentNode.data)
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.add(element.getAttribute(name) ?? '')
    }
    return [...found].filter((text) => /\p{Script=Han}/u.test(text))
  })
  return texts.map((text) => without(text, told)).filter((text) => /\p{Script=Han}/u.test(text))
}

function without(text, told) {
  let rest = text
  for (const known of told) rest = rest.replaceAll(known, '')
  return rest.trim().slice(0, 80)
}

/** Everything Chinese that is said in a value. */
function stringsOf(value) {
  const found = new Set()
  const visit = (part) => {
    if (typeof part === 'string') {
      if (/\p{Script=Han}/u.test(part)) for (const piece of [part, ...part.split('\n')]) found.add(piece.trim())
    } else if (part && typeof part === 'object') {
      for (const inner of Object.values(part)) visit(inner)
    }
  }
  visit(value)
  found.delete('')
  return [...found]
}
