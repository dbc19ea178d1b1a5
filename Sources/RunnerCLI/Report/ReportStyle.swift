/// How a report looks, in light and in dark, on a wide window and on a phone.
enum ReportStyle {
    static let css: HTML = """
        :root { color-scheme: light dark; --text: #1c2430; --quiet: #5b6675; --page: #f6f7f9; --card: #fff; --line: #dde1e7;
          --good: #18794e; --good-soft: #ddf3e4; --bad: #c62a2f; --bad-soft: #ffe5e5; --warn: #8a5a00; --warn-soft: #fff1cc;
          --none-soft: #e8ebef; --bar: #30a46c; --bar-bad: #e5484d; --bar-warn: #e2a336; }
        @media (prefers-color-scheme: dark) { :root { --text: #e3e7ed; --quiet: #98a2b0; --page: #12161c; --card: #1a2028;
          --line: #2c343f; --good: #5bd69a; --good-soft: #113b29; --bad: #ff9592; --bad-soft: #44181b; --warn: #ffca16;
          --warn-soft: #3b2d05; --none-soft: #28303a; --bar: #33b074; --bar-bad: #ec5d5e; --bar-warn: #d9a23b; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px; }
        h1 { margin: 6px 0 12px; font-size: 28px; line-height: 1.2; overflow-wrap: anywhere; }
        h2 { margin: 32px 0 10px; font-size: 18px; } h3 { margin: 14px 0 4px; font-size: 14px; color: var(--quiet); }
        code, td, .message, .log { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
        a { color: inherit; } .quiet { color: var(--quiet); } p { margin: 6px 0; }
        .badge { display: inline-block; margin: 0; padding: 1px 10px; border-radius: 99px; font-size: 13px; font-weight: 600; }
        .badge.good { background: var(--good-soft); color: var(--good); } .badge.bad { background: var(--bad-soft); color: var(--bad); }
        .badge.warn { background: var(--warn-soft); color: var(--warn); } .badge.none { background: var(--none-soft); color: var(--quiet); }
        dl.facts { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 0; } dt { color: var(--quiet); font-size: 12px; }
        dd { margin: 0; overflow-wrap: anywhere; } dl div { min-width: 0; }
        .box { margin: 16px 0; padding: 10px 16px; border-radius: 8px; border-left: 4px solid var(--bar-bad); background: var(--bad-soft); }
        .box h2, .box h3 { margin: 0 0 4px; color: var(--bad); } .box ul { margin: 4px 0; padding-left: 20px; }
        .message, .help { white-space: pre-wrap; }
        .timeline, .step, .log { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
        .timeline { padding: 10px 14px; }
        .row, .axis { display: grid; grid-template-columns: minmax(90px, 180px) 1fr 72px; gap: 12px; align-items: center; }
        .row a { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-decoration: none; }
        .lane { position: relative; height: 26px; border-bottom: 1px solid var(--line); }
        .lane b { position: absolute; top: 5px; height: 15px; min-width: 3px; border-radius: 3px; background: var(--bar); }
        .lane b.failed, .lane b.stuck { background: var(--bar-bad); } .lane b.undone { background: var(--bar-warn); }
        .lane b.stuck, .lane b.open { background-image: repeating-linear-gradient(45deg, transparent 0 4px, var(--card) 4px 6px); }
        .gap { position: absolute; top: 0; bottom: 0; background: var(--none-soft); }
        .time { text-align: right; color: var(--quiet); font-size: 13px; white-space: nowrap; }
        .axis { color: var(--quiet); font-size: 12px; padding-top: 4px; } .axis span { grid-row: 1; } .axis span:first-child { grid-column: 2; }
        .axis span:last-child { grid-column: 2; text-align: right; }
        .step { margin: 8px 0; padding: 0 14px; } .step summary { padding: 10px 0; cursor: pointer; overflow-wrap: anywhere; }
        .step[open] { padding-bottom: 12px; } .kind, .step .facts { color: var(--quiet); } .step .facts { margin-left: 8px; font-size: 13px; }
        table { width: 100%; border-collapse: collapse; }
        td, th { padding: 3px 10px 3px 0; text-align: left; vertical-align: top; white-space: pre-wrap; }
        th { width: 1%; white-space: nowrap; font-weight: 500; color: var(--quiet); font-size: 13px; }
        tr + tr { border-top: 1px solid var(--line); } .verb, .size { width: 1%; white-space: nowrap; } .size { text-align: right; padding-right: 0; }
        .verb.good { color: var(--good); } .verb.warn, tr.warn td { color: var(--warn); } .verb.bad, tr.bad td { color: var(--bad); }
        .log { border-collapse: separate; border-spacing: 0; padding: 8px 14px; } .log td:first-child, .log td:nth-child(2) { width: 1%; color: var(--quiet); white-space: nowrap; }
        .visitors { font-size: 17px; font-weight: 600; margin: 0 0 12px; } .next { margin: 16px 0; }
        .command { display: inline-block; padding: 2px 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--card);
          color: var(--text); user-select: all; -webkit-user-select: all; cursor: copy; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 0 28px; }
        .attempts td:nth-child(1), .attempts td:nth-child(2), .attempts td:nth-child(3) { width: 1%; white-space: nowrap; color: var(--quiet); }
        .attempts .size { padding-right: 10px; } .attempts .verb { width: auto; white-space: normal; } .attempts p { color: var(--text); }
        .box.warn { background: var(--warn-soft); border-color: var(--bar-warn); } .box.warn h2 { color: var(--warn); }
        footer { margin-top: 32px; color: var(--quiet); font-size: 13px; }
        @media (max-width: 600px) { main { padding: 16px 12px 32px; } h1 { font-size: 23px; }
          .row { grid-template-columns: 1fr auto; gap: 0 8px; padding-top: 6px; } .row .lane { grid-column: 1 / 3; grid-row: 2; }
          .axis { display: block; height: 18px; } .axis span:first-child { float: left; } .axis span:last-child { float: right; }
          dl.facts { gap: 8px 20px; }
          .log tr, .log td, .attempts tr { display: block; } .log td:first-child, .log .source, .attempts td { display: inline-block; width: auto; padding: 3px 8px 0 0; }
          .log tr, .attempts tr { padding: 4px 0; } .attempts td:nth-child(n) { width: auto; }
          .attempts .verb { display: block; } }
        @media print { body { background: #fff; } .step { break-inside: avoid; } }
        """
}
