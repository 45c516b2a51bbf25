/** Hands a text, or what was fetched, over as a file to keep. */
export function giveFile(name: string, content: string | Blob, type?: string): void {
  const address = URL.createObjectURL(typeof content === 'string' ? new Blob([content], type ? { type } : {}) : content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
