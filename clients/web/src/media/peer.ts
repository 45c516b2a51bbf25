/**
 * One RTCPeerConnection: built by a plan, offered once, thrown away when it fails. Sends by replaceTrack, so that a microphone,
 * a camera and a screen come and go without another offer. Every receiving line has one stream for its whole life.
 */
import { Lips, type Owned } from './lips'
import { asked, type Line, type Outlet, type Plan } from './lines'

export type MakePeer = (config: RTCConfiguration) => RTCPeerConnection

export interface Offer {
  readonly sdp: string
  readonly lines: Readonly<Record<string, Line>>
}

export interface Inlet {
  readonly line: Line
  readonly stream: MediaStream
}

export class Peer {
  readonly connection: RTCPeerConnection
  private readonly transceivers: { line: Line; transceiver: RTCRtpTransceiver }[]
  private readonly streams = new Map<string, Inlet>()
  private readonly lips = new Lips()

  constructor(plan: Plan, ice: RTCIceServer[], make: MakePeer) {
    this.connection = make({ iceServers: ice, bundlePolicy: 'max-bundle' })
    this.transceivers = asked(plan).map(({ line, kind, init }) => {
      const transceiver = this.connection.addTransceiver(kind, init)
      if (kind === 'video') preferCodecs(transceiver, receives(line))
      return { line, transceiver }
    })
  }

  async offer(): Promise<Offer> {
    await this.connection.setLocalDescription(await this.connection.createOffer())
    const lines: Record<string, Line> = {}
    for (const { line, transceiver } of this.transceivers) {
      const mid = transceiver.mid ?? ''
      lines[mid] = line
      if (receives(line)) this.streams.set(mid, { line, stream: new MediaStream([transceiver.receiver.track]) })
    }
    return { sdp: this.connection.localDescription?.sdp ?? '', lines }
  }

  async accept(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp })
  }

  inlets(): ReadonlyMap<string, Inlet> {
    return this.streams
  }

  mids(line: Line): string[] {
    return [...this.streams].filter(([, inlet]) => inlet.line === line).map(([mid]) => mid)
  }

  async send(outlet: Outlet, track: MediaStreamTrack | null): Promise<void> {
    await this.sender(outlet)?.replaceTrack(track)
  }

  /** Layers nobody looks at cost the sender nothing. */
  async layers(outlet: Outlet, wanted: readonly string[]): Promise<void> {
    const sender = this.sender(outlet)
    const parameters = sender?.getParameters()
    if (!sender || !parameters?.encodings?.length) return
    let changed = false
    for (const encoding of parameters.encodings) {
      const active = encoding.rid === undefined ? wanted.length > 0 : wanted.includes(encoding.rid)
      if (encoding.active === active) continue
      encoding.active = active
      changed = true
    }
    if (changed) await sender.setParameters(parameters)
  }

  async report(): Promise<readonly unknown[]> {
    const report = await this.connection.getStats().catch(() => null)
    return report ? [...report.values()] : []
  }

  /** Pictures wait for their voices, where the browser can. */
  align(report: readonly unknown[], slots: readonly Owned[]): void {
    for (const [mid, ms] of this.lips.turn(report, slots)) {
      const receiver = this.transceivers.find(({ transceiver }) => transceiver.mid === mid)?.transceiver.receiver
      if (receiver && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = ms
    }
  }

  close(): void {
    this.connection.close()
  }

  private sender(outlet: Outlet): RTCRtpSender | undefined {
    return this.transceivers.find(({ line }) => line === outlet)?.transceiver.sender
  }
}

const receives = (line: Line): boolean => line === 'voice' || line === 'stage' || line === 'share' || line === 'thumb'

/** H.264 as cameras send it: packets of any size, baseline. */
export function isCameras({ mimeType, sdpFmtpLine }: { readonly mimeType: string; readonly sdpFmtpLine?: string }): boolean {
  return /\/h264$/i.test(mimeType) && /packetization-mode=1/.test(sdpFmtpLine ?? '') && /profile-level-id=42/i.test(sdpFmtpLine ?? '')
}

/** VP8 with its repair stream before all others: every browser has it, with layers. Cameras of the district send H.264. */
function preferCodecs(transceiver: RTCRtpTransceiver, receiving: boolean): void {
  const codecs = (typeof RTCRtpReceiver === 'undefined' ? null : RTCRtpReceiver.getCapabilities('video')?.codecs) ?? []
  const vp8 = codecs.filter(({ mimeType }) => /\/(vp8|rtx)$/i.test(mimeType))
  const kept = receiving ? [...vp8, ...codecs.filter(isCameras)] : vp8
  if (!kept.some(({ mimeType }) => /vp8/i.test(mimeType)) || !('setCodecPreferences' in transceiver)) return
  transceiver.setCodecPreferences(kept)
}
