import { expect, test } from 'vitest'
import { table, widthOf } from './table.ts'

test('numbers to the right, text to the left, unknown values as a dash', () => {
  const rows = [
    { name: 'CRM', auc: 0.91234, n: 1000 },
    { name: 'a longer name', auc: null, n: 7 },
  ]
  const text = table(rows, [
    { title: 'model', value: (row) => row.name },
    { title: 'AUC', value: (row) => row.auc, digits: 2 },
    { title: 'n', value: (row) => row.n },
  ])
  expect(text.split('\n')).toEqual([
    'model           AUC     n',
    '-------------  ----  ----',
    'CRM            0.91  1000',
    'a longer name     -     7',
  ])
})

test('a table of no rows is its head', () => {
  expect(table([], [{ title: 'id', value: String }])).toBe('id\n--')
})

test('colours take no room, wide characters two columns', () => {
  expect(widthOf('\x1b[31mred\x1b[0m')).toBe(3)
  expect(widthOf('推理')).toBe(4)
  expect(widthOf('é')).toBe(1)
  expect(widthOf('e\u0301')).toBe(1)
  expect(widthOf('✅ ok')).toBe(5)
})
