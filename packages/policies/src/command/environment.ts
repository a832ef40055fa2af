import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import type { Shell } from './shell.js'
import type { ShellState } from './state.js'

// The shell or a program runs what these hold.
const SCRIPTS =
  /^(?:PROMPT_COMMAND|EDITOR|VISUAL|PAGER|MANPAGER|LESSOPEN|LESSCLOSE|BROWSER|FCEDIT|SUDO_EDITOR|[A-Z]+_(?:EDITOR|PAGER|ASKPASS)|GIT_SSH|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|GIT_PROXY_COMMAND|RSYNC_RSH|CVS_RSH|TAR_RSH|MAKEFLAGS|SHELLOPTS|ASKPASS|FZF_DEFAULT_COMMAND)$/
const PROMPTS = /^PS[0-4]$/
// Programs load code from where these lead, or take options or settings from them.
const NOTED =
  /^(?:LD_|DYLD_|GIT_|BASH_ENV$|ENV$|PYTHONSTARTUP$|PYTHONHOME$|PYTHONPATH$|PERL5OPT$|PERL5LIB$|RUBYOPT$|RUBYLIB$|NODE_OPTIONS$|NODE_PATH$|JAVA_TOOL_OPTIONS$|_JAVA_OPTIONS$|JDK_JAVA_OPTIONS$|GCONV_PATH$|TAR_OPTIONS$|TAPE$|RSYNC_RSH$|PATH$|CLAUDE_CONFIG_DIR$|CODEX_HOME$|COPILOT_HOME$|LOKI_|SCOPE_|CLAUDE_CODE_|GEMINI_|OPENCODE_)/

/** Walks what an assignment makes some program run later, and notes the variables that rules look at. */
export function noteVariable(name: string, value: Argument | undefined, { state, shell }: Context): void {
  if (value === undefined) return
  if (NOTED.test(name)) shell.noteVariable({ name, value: value.text, known: value.known })
  if (!value.known || value.text === '') return
  if (SCRIPTS.test(name) && parse(value.text).errors === undefined) shell.nested(value.text, state)
  // A prompt is expanded like a text in double quotes.
  if (PROMPTS.test(name) && /[$`]/.test(value.text)) {
    const source = `: "${value.text.replace(/\\(?=[^$`"\\])/g, '').replace(/"/g, '\\"')}"`
    if (parse(source).errors === undefined) shell.nested(source, state)
  }
}

interface Context {
  readonly state: ShellState
  readonly shell: Shell
}
