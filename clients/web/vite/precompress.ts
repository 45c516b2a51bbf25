/**
 * Writes a .gz and a .br beside every text file of the build: the server answers with what the browser takes (Brotli over
 * https or on the same machine). A third of the bytes over a bad line, compressed once and not per request.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(js|css|html|svg)$/
const WORTH_BYTES = 1024

export function precompress(): Plugin {
  return {
    name: 'pingji-precompress',
    apply: 'build',
    writeBundle({ dir = '' }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!TEXT.test(name)) continue
        const bytes = readFileSync(join(dir, name))
        if (bytes.length < WORTH_BYTES) continue
        writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }))
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes))
      }
    },
  }
}
