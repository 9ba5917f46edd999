import { describe, expect, it } from 'vitest'
import en from '@/i18n/en/storage'
import zh from '@/i18n/zh-CN/storage'
import { known, moved } from './words'

describe('how much is moved', () => {
  const move = (bytes: number, left: number) => ({ bytes, pieces: 10, left: { bytes: left, pieces: 1 } })
  it('counts bytes, and is whole only at the end', () => {
    expect(moved(move(1000, 1000))).toBe(0)
    expect(moved(move(1000, 250))).toBe(75)
    expect(moved(move(1_000_000, 1))).toBe(99)
    expect(moved(move(1000, 0))).toBe(100)
    expect(moved(move(1000, 2000))).toBe(0)
  })
  it('counts parts where all are empty', () => {
    expect(moved({ bytes: 0, pieces: 4, left: { bytes: 0, pieces: 1 } })).toBe(75)
  })
})

it('has words for every reason, in both languages', () => {
  for (const reason of known) {
    expect(en.reason).toHaveProperty(reason)
    expect(zh.reason).toHaveProperty(reason)
  }
})
