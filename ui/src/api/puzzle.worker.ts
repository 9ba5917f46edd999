import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

// Finds the number of an ALTCHA puzzle. It hashes by itself: the browser's own
// hashing is only there over https.
export interface Task { challenge: string; salt: string; maxnumber: number }

self.onmessage = ({ data }: MessageEvent<Task>) => {
  for (let number = 0; number <= data.maxnumber; number++) {
    if (bytesToHex(sha256(utf8ToBytes(data.salt + String(number)))) === data.challenge) {
      self.postMessage(number)
      return
    }
  }
  self.postMessage(-1)
}
