/** One name that an expression may use. */
export interface Declared {
  readonly name: string
  readonly type: string
  readonly meaning: string
}

/** Fields of the types that expressions know besides CEL's own. */
export const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Server: { name: 'string', source: 'string' },
  Command: { program: 'string', args: 'list<string>', known: 'bool', remote: 'bool' },
  File: { path: 'string', access: 'string', known: 'bool' },
}

/** Every variable of an expression. Where the action does not say it, using it is an error, and `has(action.name)` is false. */
export const VARIABLES: readonly Declared[] = [
  { name: 'kind', type: 'string', meaning: 'command, file_read, file_write, network, mcp_tool, git ...' },
  { name: 'cwd', type: 'string', meaning: 'the folder in which the action runs' },
  { name: 'project_dir', type: 'string', meaning: 'the root of the project, links followed' },
  { name: 'command', type: 'string', meaning: 'the script as the shell would get it' },
  { name: 'commands', type: 'list<Command>', meaning: 'its innermost commands; empty where it is no command' },
  { name: 'programs', type: 'list<string>', meaning: 'the programs of the innermost commands' },
  { name: 'opaque', type: 'bool', meaning: 'a part of the command is known only when it runs' },
  { name: 'paths', type: 'list<string>', meaning: 'the paths that the action names, as it names them' },
  { name: 'files', type: 'list<File>', meaning: 'real paths of the files that the action or its commands use' },
  { name: 'branch', type: 'string', meaning: 'the branch that is checked out' },
  { name: 'branches', type: 'list<string>', meaning: 'the branches that git commands push, make, change or delete' },
  { name: 'url', type: 'string', meaning: 'the address that the action reads' },
  { name: 'tool', type: 'string', meaning: "the tool by the host's own name" },
  { name: 'server', type: 'Server', meaning: 'the MCP server' },
  { name: 'provider', type: 'string', meaning: 'the provider of the model' },
  { name: 'model', type: 'string', meaning: 'the model' },
  { name: 'region', type: 'string', meaning: 'where the model runs' },
  { name: 'agent', type: 'string', meaning: 'who inside the session acts' },
  { name: 'phase', type: 'string', meaning: "the phase of the session's work" },
  { name: 'session', type: 'string', meaning: 'the session' },
  { name: 'host', type: 'string', meaning: 'the agent CLI or door that the action comes from' },
  { name: 'active_agents', type: 'int', meaning: 'agents at work' },
  { name: 'tokens_used', type: 'int', meaning: 'tokens used so far' },
  { name: 'passed_gates', type: 'list<string>', meaning: 'gates that have passed' },
]

/** Every function and macro that an expression may call. */
export const FUNCTIONS: readonly string[] = [
  'has',
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'lowerAscii',
  'upperAscii',
  'trim',
  'indexOf',
  'lastIndexOf',
  'substring',
  'int',
  'double',
  'string',
  'bool',
  'all',
  'exists',
  'exists_one',
  'filter',
  'map',
  'glob',
  'within',
  'hostname',
]

/** Macros, which go through a list. */
export const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])
