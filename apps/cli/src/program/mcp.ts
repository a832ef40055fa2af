import { Argument } from 'commander'
import type { Command } from 'commander'
import type { GatewayCommandOptions, ListCommandOptions } from '../commands/mcp.js'
import { addCommand, addGroup } from './define.js'

/** `loki mcp gateway`, `serve`, `list`, `accept`. */
export function addMcpCommands(program: Command): void {
  const mcp = addGroup(program, 'mcp', 'Stand between agents and MCP servers, and be one', 'Agents:')
  const words = (command: Command): Command =>
    command
      .addArgument(new Argument('[command...]', 'one server to start, after --'))
      .option(
        '--config <file>',
        'the servers, as {"mcpServers": …}; by default .loki/mcp-servers.json of the project, else its .mcp.json',
      )

  addCommand<GatewayCommandOptions>(mcp, {
    usage: 'gateway',
    summary: 'Be the MCP server of an agent, and pass on what policy lets through (agents call this)',
    details:
      'Speaks MCP on standard input and output. Behind it stand the servers of a configuration file, or the one that is named after --.\nTools that policy denies are not shown, each call is decided on and recorded, and no secret comes back.',
    json: false,
    examples: [
      ['loki mcp gateway -- npx -y some-server', 'before one server'],
      ['loki mcp gateway --config servers.json', 'before all servers of a file'],
      ['loki mcp gateway --config servers.json --port 7310', 'over HTTP, on 127.0.0.1 and with a token'],
    ],
    configure: (command) => {
      words(command)
        .option('--name <name>', 'what the one server after -- is called')
        .option('--port <number>', 'listen on this port of 127.0.0.1 instead; 0 takes any free one')
        .option('--timeout <seconds>', 'give a call up after this long without a word (300)')
        .option('--sampling', 'let servers ask the agent’s model; each question is decided on')
    },
    load: async () => (await import('../commands/mcp.js')).gateway,
  })

  addCommand(mcp, {
    usage: 'serve',
    summary: 'Offer Loki’s own tools to an agent: status, check, explain a denial, ask a person',
    details: 'Speaks MCP on standard input and output. The tools read and ask; they change nothing.',
    json: false,
    examples: [['loki mcp serve', 'as the MCP server of an agent']],
    load: async () => (await import('../commands/mcp.js')).serve,
  })

  addCommand<ListCommandOptions>(mcp, {
    usage: 'list',
    summary: 'Ask each server for its tools, and say what an agent would see of them',
    details:
      'Starts the servers and ends them again; calls no tool, records and accepts nothing. Ends with 1 where one cannot be asked.',
    examples: [
      ['loki mcp list --config servers.json', 'the servers of a file'],
      ['loki mcp list --json -- npx -y some-server', 'one server, for a program'],
    ],
    configure: (command) => {
      words(command).option('--name <name>', 'what the one server after -- is called')
    },
    load: async () => (await import('../commands/mcp.js')).list,
  })

  addCommand(mcp, {
    usage: 'accept <server> [tool]',
    summary: 'Take what a server now says of its tools as accepted; until then a changed tool is hidden',
    examples: [
      ['loki mcp accept github', 'everything that changed'],
      ['loki mcp accept github create_issue', 'one tool'],
    ],
    load: async () => (await import('../commands/mcp.js')).accept,
  })
}
