/** 登记摄像机 and what follows: its facts and its address are changed apart, because the address is a secret. */
import type { Camera, ChangeCamera, RegisterCamera, RetireCamera } from '@/protocol/types.gen'
import type { Identity } from '@/world/session'
import { mayPost } from '../cascade/reach'

export const mayRegisterCamera = (me: Identity | null): boolean => mayPost(me, 'RegisterCamera')
export const mayChangeCamera = (me: Identity | null): boolean => mayPost(me, 'ChangeCamera')
export const mayRetireCamera = (me: Identity | null): boolean => mayPost(me, 'RetireCamera')

export function registerCamera(camera: Camera, address: string): RegisterCamera {
  return { type: 'RegisterCamera', camera, address }
}

/** `address` null: as it was. */
export function changeCamera(camera: Camera, address: string | null): ChangeCamera {
  return { type: 'ChangeCamera', camera, address }
}

export function retireCamera(camera: string): RetireCamera {
  return { type: 'RetireCamera', camera }
}
