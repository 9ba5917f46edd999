import { expect, it } from 'vitest'
import { overheard } from './plainHttp'

it('warns of plain HTTP but where nothing leaves the machine', () => {
  expect(['stoa.example.com', '10.0.0.8', '127.example.com'].map((hostname) => overheard({ protocol: 'http:', hostname }))).toEqual([true, true, true])
  expect(['localhost', '127.0.0.1', '[::1]'].map((hostname) => overheard({ protocol: 'http:', hostname }))).toEqual([false, false, false])
  expect(overheard({ protocol: 'https:', hostname: 'stoa.example.com' })).toBe(false)
})
