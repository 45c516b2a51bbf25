/** Where the English words are: fetched when English is chosen, so that nobody else's first screen carries the list. */
export const english = import.meta.glob<{ default: Record<string, unknown> }>('./en/*.json')
