/** Attributes that hold what people or agents wrote: prompts, commands, answers. They are kept only where somebody asked. */
const CONTENT =
  /^(?:status\.message|exception\.(?:message|stacktrace)|loki\.action\.(?:command|content|paths|url)|loki\.prompt|process\.command(?:_line|_args)?|gen_ai\.(?:prompt|completion)(?:\..*)?|gen_ai\.(?:input|output)\.messages|gen_ai\.system_instructions|gen_ai\.tool\.(?:call\.(?:arguments|result)|definitions)|db\.(?:statement|query\.text)|url\.(?:full|query)|http\.url)$/

const KNOWN_LIMIT = 1024

/** Gives what says whether an attribute of this name holds content. It remembers its answers: names are few. */
export function contentNames(): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const content = CONTENT.test(name)
    if (known.size < KNOWN_LIMIT) known.set(name, content)
    return content
  }
}
