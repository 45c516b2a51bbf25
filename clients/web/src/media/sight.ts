/**
 * How tall each picture is drawn and whether it is in sight. A tile out of sight is not asked for. Sizes are in device pixels,
 * because that is what a layer is chosen by; told at most every frame.
 */
export class Sight {
  private readonly heights = new Map<Element, { height: number; seen: boolean }>()
  private readonly sizes: ResizeObserver
  private readonly view: IntersectionObserver
  private pending = false

  constructor(private readonly changed: () => void) {
    this.sizes = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) this.note(target, { height: Math.round(contentRect.height * Math.min(devicePixelRatio, 2)) })
    })
    this.view = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.note(target, { seen: isIntersecting })
    })
  }

  watch(element: Element): void {
    this.heights.set(element, { height: 0, seen: true })
    this.sizes.observe(element)
    this.view.observe(element)
  }

  leave(element: Element): void {
    this.heights.delete(element)
    this.sizes.unobserve(element)
    this.view.unobserve(element)
    this.tell()
  }

  /** 0 when it is not in sight */
  height(element: Element): number {
    const known = this.heights.get(element)
    return known?.seen ? known.height : 0
  }

  close(): void {
    this.sizes.disconnect()
    this.view.disconnect()
    this.heights.clear()
  }

  private note(element: Element, change: Partial<{ height: number; seen: boolean }>): void {
    const known = this.heights.get(element)
    if (!known) return
    this.heights.set(element, { ...known, ...change })
    this.tell()
  }

  private tell(): void {
    if (this.pending) return
    this.pending = true
    requestAnimationFrame(() => {
      this.pending = false
      this.changed()
    })
  }
}
