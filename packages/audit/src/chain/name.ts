/** Name of the log inside its folder. */
export const LOG_NAME = 'audit.jsonl'
