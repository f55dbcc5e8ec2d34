import { expect, test } from 'vitest'
import { Html, html } from './html.ts'

test('text is escaped, in elements and attributes; markup and lists pass', () => {
  const text = `<b>"5" & '6'</b>`
  expect(html`<p title="${text}">${text}</p>`.markup).toBe(
    '<p title="&#60;b&#62;&#34;5&#34; &#38; &#39;6&#39;&#60;/b&#62;">&#60;b&#62;&#34;5&#34; &#38; &#39;6&#39;&#60;/b&#62;</p>',
  )
  expect(
    html`<i>${[html`<b>${'<'}</b>`, '>', 0, null, undefined, false, [new Html('<hr>')]]}</i>`.markup,
  ).toBe('<i><b>&#60;</b>&#62;0<hr></i>')
})

test('control and bidi characters are neutralised, line breaks stay', () => {
  expect(html`${'a\u001b[31m\u202eb\nc\u0000'}`.markup).toBe('a␛[31m\ufffdb\nc␀')
})
