/** The style of the HTML report: system fonts, both colour schemes, and paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --page: #ffffff; --line: #d0d7de; --soft: #f6f8fa;
  --good: #116329; --fair: #7d4e00; --bad: #a40e26; --alarm: #ffebe9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9da7b1; --page: #0d1117; --line: #3d444d;
  --soft: #161b22; --good: #56d364; --fair: #e3b341; --bad: #ff9492; --alarm: #3c1618; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 0.75rem; padding-bottom: 0.3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 2rem 0 0.35rem; }
h4 { font-size: 0.95rem; margin: 0.8rem 0 0.2rem; }
p, ul { margin: 0.4rem 0; }
a { color: inherit; }
a:focus-visible { outline: 2px solid currentcolor; outline-offset: 2px; }
.note, .asks, caption { color: var(--dim); }
.warnings { margin: 0 0 1.5rem; padding: 0.75rem 1rem; border: 2px solid var(--bad); border-radius: 6px; background: var(--alarm); }
.warnings ul { margin: 0; padding-left: 1.1rem; }
.warnings li { font-weight: 600; }
.warnings li + li { margin-top: 0.5rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid currentcolor; }
table { width: 100%; border-collapse: collapse; margin: 0.75rem 0; font-size: 0.88rem; }
caption { text-align: left; padding-bottom: 0.3rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { background: var(--soft); }
tbody th { font-weight: 600; }
.facts th { width: 13rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
.kept { white-space: nowrap; overflow-wrap: normal; }
.entries { table-layout: fixed; font-size: 0.78rem; }
.entries .number { width: 4.5rem; } .entries .time { width: 7rem; } .entries .hash { width: 15rem; } .entries .proven { width: 4.5rem; }
.mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.92em; }
.verdict { font-weight: 700; white-space: nowrap; }
.evidenced { color: var(--good); } .partial { color: var(--fair); } .no-evidence, .not-covered { color: var(--bad); }
@media print { :root { color-scheme: light; --ink: #000; --dim: #333; --page: #fff; --line: #999; --soft: #eee; --good: #000;
  --fair: #000; --bad: #000; --alarm: #fff; } body { max-width: none; padding: 0; font-size: 9.5pt; } .scroll { overflow: visible; }
  h2, h3, h4, caption { break-after: avoid; } tr, .warnings { break-inside: avoid; } thead { display: table-header-group; }
  @page { margin: 16mm 14mm; } }
`
