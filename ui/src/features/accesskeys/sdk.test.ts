import { expect, it } from 'vitest'
import { snippets } from './sdk'

it('gives every tool this server and the pair', () => {
  for (const { name, text } of snippets) {
    const made = text({ host: 'files.example.com:8080', secure: false, accessKey: 'AK1', secretKey: 'SK1' })
    for (const part of ['files.example.com:8080', 'AK1', 'SK1']) expect(made, name).toContain(part)
    expect(made, name).not.toMatch(/undefined|qiniuapi|qbox/)
  }
})

it('says over what the server is reached', () => {
  const of = (name: string, secure: boolean) => snippets.find((one) => one.name === name)!.text({ host: 'h', secure, accessKey: 'a', secretKey: 's' })
  expect(of('go', true)).toContain('UseHTTPS: true')
  expect(of('python', true)).toContain('https://h')
  expect(of('java', false)).toContain('useHttpsDomains = false')
  expect(JSON.parse(of('qshell', false))).toMatchObject({ access_key: 'a', hosts: { up: 'h', uc: 'h' } })
})
