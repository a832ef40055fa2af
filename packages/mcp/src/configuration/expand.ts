import { McpError } from '../errors.js'

/**
 * Puts variables into a text of the configuration: `${NAME}`, or `${NAME:-what stands in for it}`. A variable that is not set
 * and has nothing to stand in for it is an error, so that a server never starts with half of its configuration.
 */
export function expandVariables(
  text: string,
  { env, place }: { readonly env: NodeJS.ProcessEnv; readonly place: string },
): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
    const value = env[name] ?? otherwise
    if (value !== undefined) return value
    throw new McpError(
      'BAD_CONFIGURATION',
      `${place} names the variable ${name}, which is not set; set it, or write \${${name}:-value}.`,
    )
  })
}
