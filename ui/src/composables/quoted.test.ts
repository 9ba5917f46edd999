import { expect, it } from 'vitest'
import { quoted } from './quoted'

it('a name in quotes is found in a text', () => {
  expect(quoted('there is a file "a/b \\"c\\".txt" already: rename "it"')).toBe('a/b "c".txt')
  expect(quoted('odd \\ "a\\x00b"')).toBe('a\\x00b')
  expect(quoted('nothing "is closed')).toBe('')
})
