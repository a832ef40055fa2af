/** Takes what a search found: its kind, and where it stands. */
export type Add = (kind: string, start: number, end: number) => void
