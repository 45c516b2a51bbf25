/** What is typed about a webhook, and how one is doing. */
import { describe, expect, it } from 'vitest'
import { draftOf, faultsOf, healthOf, sent, type Webhook } from './webhooks'

const hook = (change: Partial<Webhook> = {}): Webhook => ({ id: 'h', url: 'https://gis.example/in', secret: '…abcd', events: [], active: true, last: { at: null, status: null, error: '' }, waiting: 0, dead: 0, ...change })

describe('a webhook', () => {
  it.each([
    ['https://gis.example/in', true], ['http://10.1.2.3:8080/x', true], ['ftp://gis.example', false], ['https://', false], ['gis.example', false],
  ])('goes to %s: %s', (url, right) => {
    expect(faultsOf({ url, all: true, events: [] }).length === 0).toBe(right)
  })
  it('is told of everything, or of what was ticked, and something has to be', () => {
    expect(sent({ url: ' https://a.example ', all: true, events: ['OrderIssued'] })).toEqual({ url: 'https://a.example', events: [] })
    expect(faultsOf({ url: 'https://a.example', all: false, events: [] })).toEqual(['events'])
    expect(draftOf(hook({ events: ['OrderIssued'] }))).toMatchObject({ all: false, events: ['OrderIssued'] })
  })
  it('is untried, well, failing or paused', () => {
    expect(healthOf(hook())).toBe('untried')
    expect(healthOf(hook({ last: { at: 1, status: 204, error: '' } }))).toBe('well')
    expect(healthOf(hook({ last: { at: 1, status: 500, error: '' } }))).toBe('failing')
    expect(healthOf(hook({ last: { at: 1, status: null, error: 'refused' } }))).toBe('failing')
    expect(healthOf(hook({ dead: 2, last: { at: 1, status: 200, error: '' } }))).toBe('failing')
    expect(healthOf(hook({ active: false, dead: 2 }))).toBe('paused')
  })
})
