import { coverageOf, ReportError, type Coverage } from './report.js'

/**
 * Cobertura XML (coverage-04.dtd, where `lines-covered` and `lines-valid` of the root are required). Only the root's start
 * tag is read; a document with declarations of its own is refused, since they can change what it says.
 */
export function parseCobertura(text: string): Coverage {
  const body = afterProlog(text)
  const tag = /^<coverage((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/.exec(body)
  if (tag === null) throw new ReportError('expected <coverage ...> as the root of the document')
  if (tag[2] === '' && !/<\/coverage\s*>\s*$/.test(body)) throw new ReportError('it is cut: </coverage> is missing')
  const attributes = new Map<string, string>()
  for (const [, name = '', quoted = ''] of (tag[1] ?? '').matchAll(/([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    if (attributes.has(name)) throw new ReportError(`its root has the attribute ${name} twice`)
    attributes.set(name, quoted.slice(1, -1))
  }
  return coverageOf(whole(attributes, 'lines-covered'), whole(attributes, 'lines-valid'))
}

function afterProlog(text: string): string {
  let rest = text.replace(/^\uFEFF/, '').trimStart()
  for (;;) {
    const end = rest.startsWith('<?')
      ? '?>'
      : rest.startsWith('<!--')
        ? '-->'
        : rest.startsWith('<!DOCTYPE')
          ? '>'
          : undefined
    if (end === undefined) return rest
    const at = rest.indexOf(end)
    if (at < 0) throw new ReportError('it is cut within its prolog')
    if (end === '>' && rest.slice(0, at).includes('[')) throw new ReportError('its DOCTYPE holds declarations')
    rest = rest.slice(at + end.length).trimStart()
  }
}

function whole(attributes: ReadonlyMap<string, string>, name: string): number {
  const value = attributes.get(name)
  if (value === undefined || !/^\d{1,12}$/.test(value)) {
    throw new ReportError(
      `expected a whole number in the attribute ${name} of its root, got ${value?.slice(0, 40) ?? 'none'}`,
    )
  }
  return Number(value)
}
