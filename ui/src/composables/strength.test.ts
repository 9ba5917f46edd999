import { describe, expect, it } from 'vitest'
import { strength } from './strength'

describe('password strength', () => {
  it.each([
    ['', 'short'], ['abc', 'short'], ['x'.repeat(129), 'long'], ['aaaaaaaaaaaa', 'repeated'], ['abcdefgh', 'sequence'], ['12345678', 'sequence'],
    ['password', 'common'], ['Passw0rd', 'common'], ['qwertyuiop', 'common'],
  ])('refuses %j: %s', (password, weakness) => {
    const judged = strength(password)
    expect(judged.weakness).toBe(weakness)
    expect(judged.score).toBeLessThanOrEqual(1)
  })
  it('knows the own words of the account', () => {
    expect(strength('lin.ruoxi99', ['lin.ruoxi', 'lin@example.com']).weakness).toBe('personal')
  })
  it('takes a sentence', () => {
    expect(strength('four herons watch the tide').score).toBe(4)
    expect(strength('三只白鹭看着潮水慢慢退去').score).toBeGreaterThanOrEqual(3)
  })
  it('asks administrators for more', () => {
    expect(strength('k7#Vq2!mZ', [], 12).weakness).toBe('short')
    expect(strength('k7#Vq2!mZ', [], 8).score).toBeGreaterThanOrEqual(2)
  })
})
