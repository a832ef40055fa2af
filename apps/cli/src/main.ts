// The way in, built as one CommonJS file, which Node starts sooner than a module: what is on every tool call's path
// (`hook`) and what nobody should wait for (`--version`) are in it, and evaluated only when they are asked for.
const [first, second, third, ...rest] = process.argv.slice(2)

if (first === 'hook' && isWord(second) && (third === undefined || isWord(third)) && rest.length === 0) {
  hook(second, third)
} else if ((first === '--version' || first === '-V') && second === undefined) {
  void import('./version.js').then(({ version }) => process.stdout.write(`${version}\n`))
} else {
  void import('./run.js').then(async ({ runProgram }) => {
    process.exitCode = await runProgram(process.argv)
  })
}

function isWord(word: string | undefined): word is string {
  return word !== undefined && !word.startsWith('-')
}

/**
 * Every host takes a hook that fails in a way it does not know for consent (exit 1, a crash, silence). So whatever goes
 * wrong here ends in the one way that all of them read as "no": exit 2 and a text on standard error.
 */
function hook(host: string, event: string | undefined): void {
  const refuse = (thrown: unknown): never => {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    process.stderr.write(`Loki: the call could not be checked, so it is refused: ${reason}\n`)
    process.exit(2)
  }
  process.on('uncaughtException', refuse)
  process.on('unhandledRejection', refuse)
  void import('./hook.js').then(({ runHook }) => runHook(host, event)).catch(refuse)
}
