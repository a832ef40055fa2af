import { UnresolvablePath } from '../paths/identity.js'
import { branchUses } from '../rules/branch-target.js'
import type { Facts } from '../rules/facts.js'

/** Why an expression came to no answer; the rule's `on_missing` says what follows. */
export class NoAnswer extends Error {}

const MAX_TEXT = 65_536
const MAX_ITEMS = 256

/** One innermost command as an expression sees it. */
export class CommandView {
  readonly program: string
  readonly args: readonly string[]
  /** False where a word of it is known only when it runs. */
  readonly known: boolean
  readonly remote: boolean

  constructor({ program, args, known, remote }: Pick<CommandView, 'program' | 'args' | 'known' | 'remote'>) {
    this.program = program
    this.args = bounded(args, 'the words of a command')
    this.known = known
    this.remote = remote
  }
}

/** One file that an action uses as an expression sees it. */
export class FileView {
  readonly path: string
  readonly access: string
  readonly known: boolean

  constructor({ path, access, known }: Pick<FileView, 'path' | 'access' | 'known'>) {
    this.path = path
    this.access = access
    this.known = known
  }
}

/** An MCP server as an expression sees it. */
export class ServerView {
  readonly name: string
  readonly source: string | undefined

  constructor(name: string, source: string | undefined) {
    this.name = name
    this.source = source
  }
}

/** An action as an expression sees it: each field is worked out when it is asked for, and undefined where it lacks. */
export class ActionView {
  readonly #facts: Facts

  constructor(facts: Facts) {
    this.#facts = facts
  }

  get action(): this {
    return this
  }
  get kind(): string {
    return this.#facts.input.kind
  }
  get cwd(): string {
    return this.#facts.input.cwd
  }
  get project_dir(): string {
    return real(this.#facts.identity, this.#facts.input.projectDir)
  }
  get command(): string | undefined {
    return text(this.#facts.input.command, 'command')
  }
  get url(): string | undefined {
    return text(this.#facts.input.url, 'url')
  }
  get tool(): string | undefined {
    return text(this.#facts.input.tool, 'tool')
  }
  get server(): ServerView | undefined {
    const { server } = this.#facts.input
    return server === undefined ? undefined : new ServerView(server.name, server.source)
  }
  get provider(): string | undefined {
    return text(this.#facts.input.provider, 'provider')
  }
  get model(): string | undefined {
    return text(this.#facts.input.model, 'model')
  }
  get region(): string | undefined {
    return text(this.#facts.input.region, 'region')
  }
  get agent(): string | undefined {
    return text(this.#facts.input.agent, 'agent')
  }
  get phase(): string | undefined {
    return text(this.#facts.input.phase, 'phase')
  }
  get session(): string | undefined {
    return text(this.#facts.input.session, 'session')
  }
  get host(): string | undefined {
    return text(this.#facts.input.host, 'host')
  }
  get branch(): string | undefined {
    return text(this.#facts.input.branch, 'branch')
  }
  get active_agents(): bigint | undefined {
    return whole(this.#facts.input.activeAgents)
  }
  get tokens_used(): bigint | undefined {
    return whole(this.#facts.input.tokensUsed)
  }
  get passed_gates(): readonly string[] | undefined {
    const { passedGates } = this.#facts.input
    return passedGates === undefined ? undefined : bounded(passedGates, 'passed_gates')
  }
  get paths(): readonly string[] {
    return bounded(this.#facts.input.paths ?? [], 'paths')
  }
  get programs(): readonly string[] {
    return bounded(this.#commands, 'programs').map(({ program }) => program)
  }
  get commands(): readonly CommandView[] {
    return bounded(this.#commands, 'commands').map(
      ({ program, argv, remote }) =>
        new CommandView({
          program,
          args: argv.slice(1).map((word) => word.text),
          known: argv.every((word) => word.known),
          remote,
        }),
    )
  }
  get files(): readonly FileView[] {
    const { named, analysis, identity } = this.#facts
    const uses = [...named, ...(analysis?.writes ?? []), ...(analysis?.reads ?? [])]
    return bounded(uses, 'files').flatMap((use) =>
      (use.known ? use.paths : [use.text]).map((path) => {
        const access = use.access === 'read' ? 'read' : 'write'
        return new FileView({ path: use.known ? real(identity, path) : path, access, known: use.known })
      }),
    )
  }
  get branches(): readonly string[] {
    const { analysis, input } = this.#facts
    const uses = analysis === undefined ? [] : branchUses(analysis, input.branch)
    if (uses.some(({ branch }) => branch === undefined))
      throw new NoAnswer('which branch a command changes is known only when it runs')
    return bounded([...new Set(uses.flatMap(({ branch }) => branch ?? []))], 'branches')
  }
  get opaque(): boolean {
    const { analysis } = this.#facts
    return analysis !== undefined && (analysis.opaque.length > 0 || analysis.errors.length > 0)
  }

  get #commands(): NonNullable<Facts['analysis']>['commands'] {
    return this.#facts.analysis?.commands ?? []
  }
}

function real(identity: Facts['identity'], path: string): string {
  try {
    return identity.resolve(path)
  } catch (error) {
    if (error instanceof UnresolvablePath) throw new NoAnswer(error.message)
    throw error
  }
}

function text(value: string | undefined, name: string): string | undefined {
  if (value !== undefined && value.length > MAX_TEXT)
    throw new NoAnswer(`${name} has ${value.length} characters; an expression takes at most ${MAX_TEXT}`)
  return value
}

function bounded<T>(items: readonly T[], name: string): readonly T[] {
  if (items.length > MAX_ITEMS)
    throw new NoAnswer(`${name}: ${items.length} entries; an expression takes at most ${MAX_ITEMS}`)
  return items
}

function whole(value: number | undefined): bigint | undefined {
  if (value === undefined) return undefined
  if (!Number.isFinite(value)) throw new NoAnswer(`${value} is no number that can be compared`)
  return BigInt(Math.ceil(value))
}
