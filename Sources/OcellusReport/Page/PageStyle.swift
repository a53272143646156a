// SPDX-License-Identifier: Apache-2.0

/// The page's style sheet: system fonts, one column that becomes a grid where there is room, one colour for each
/// network with more than 4.5 to 1 against the paper in both schemes.
let pageStyle: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #fbfbf9; --card: #ffffff; --ink: #1b1d20; --soft: #565b62; --rule: #e2e2dd; --grid: #e8e8e3;
      --c0: #b4501c; --c1: #1f62a8; --c2: #2f7a4c; --c3: #83489c; --c4: #8a6a00; --c5: #565b62;
      --hit: #6aa3dc; --miss: #e8875c; --edge: rgba(0, 0, 0, 0.2);
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #131517; --card: #1a1d20; --ink: #e9e9e6; --soft: #a5abb3; --rule: #30343a; --grid: #2a2e33;
        --c0: #f0a06a; --c1: #7db6f2; --c2: #7fcf9f; --c3: #d0a2ea; --c4: #e0c060; --c5: #a5abb3;
        --hit: #1f5c9c; --miss: #a34a1f; --edge: rgba(255, 255, 255, 0.22);
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
      font-variant-numeric: tabular-nums; overflow-wrap: break-word;
    }
    main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
    a { color: inherit; text-underline-offset: 3px; text-decoration-color: var(--soft); }
    a:focus-visible, summary:focus-visible { outline: 2px solid var(--c1); outline-offset: 2px; }
    h1 { font-size: 34px; line-height: 1.15; letter-spacing: -0.015em; margin: 4px 0 8px; font-weight: 650; overflow-wrap: anywhere; }
    h2 { font-size: 22px; line-height: 1.25; letter-spacing: -0.01em; margin: 0 0 6px; font-weight: 650; }
    h3 { font-size: 16px; margin: 0 0 4px; font-weight: 620; }
    h4 { font-size: 14px; margin: 20px 0 6px; font-weight: 600; }
    h3, h4, summary, li { overflow-wrap: anywhere; }
    p { margin: 0 0 10px; }
    .soft, figcaption, .note { color: var(--soft); }
    .note, figcaption { font-size: 14px; line-height: 1.5; max-width: 74ch; }
    .kicker { font-size: 13px; letter-spacing: 0.06em; text-transform: uppercase; color: var(--soft); margin: 0; }
    header { padding-top: 44px; padding-bottom: 20px; }
    .facts { color: var(--soft); margin: 0; overflow-wrap: anywhere; }
    nav { font-size: 14px; display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 16px; }
    nav a { color: var(--soft); text-decoration: none; padding: 3px 0; }
    nav a:hover { color: var(--ink); text-decoration: underline; }
    section { padding: 36px 0 8px; scroll-margin-top: 8px; }
    section + section { border-top: 1px solid var(--rule); margin-top: 28px; }
    .verdict { padding: 28px 28px 22px; border: 1px solid var(--rule); border-radius: 14px; background: var(--card); }
    .verdict .word { font-size: 44px; line-height: 1.1; font-weight: 680; letter-spacing: -0.02em; margin: 2px 0 12px; overflow-wrap: anywhere; }
    .verdict .word::first-letter { text-transform: uppercase; }
    .verdict .reason { font-size: 18px; max-width: 62ch; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr)); gap: 16px; margin-top: 22px; }
    .card { border-top: 3px solid var(--c); padding: 12px 0 0; min-width: 0; }
    .card .name { font-weight: 620; overflow-wrap: anywhere; }
    .card .big { font-size: 34px; line-height: 1.2; font-weight: 640; letter-spacing: -0.02em; margin: 2px 0 0; }
    .card .big small { font-size: 20px; font-weight: 450; color: var(--soft); letter-spacing: 0; }
    dl.pairs { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 10px 0 0; font-size: 15px; }
    dl.pairs dt { color: var(--soft); }
    dl.pairs dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 28px 40px; margin-top: 18px; }
    figure { margin: 0; min-width: 0; break-inside: avoid; }
    figure.single { max-width: 520px; margin-top: 18px; }
    .beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px 44px; margin-top: 18px; align-items: start; }
    @media (min-width: 1000px) { .beside { grid-template-columns: 420px minmax(0, 1fr); } .beside th, .beside td { padding-left: 11px; padding-right: 11px; } .beside th:first-child { padding-left: 0; } }
    figcaption { margin-top: 8px; }
    .scroll { overflow-x: auto; max-width: 100%; -webkit-overflow-scrolling: touch; --under: var(--paper);
      background: linear-gradient(to right, var(--under) 40%, transparent) left / 36px 100% no-repeat local, linear-gradient(to left, var(--under) 40%, transparent) right / 36px 100% no-repeat local,
        linear-gradient(to right, var(--edge), transparent) left / 16px 100% no-repeat scroll, linear-gradient(to left, var(--edge), transparent) right / 16px 100% no-repeat scroll; }
    .verdict .scroll { --under: var(--card); }
    table { border-collapse: collapse; font-size: 14.5px; margin: 12px 0; }
    th, td { padding: 7px 14px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
    thead th { color: var(--soft); font-weight: 550; font-size: 13px; vertical-align: bottom; }
    thead th.group { text-align: center; border-bottom: 0; }
    th:first-child, td:first-child { padding-left: 0; text-align: left; }
    tbody th { font-weight: 550; }
    td.left, th.left { text-align: left; }
    .legend svg.stroke { width: 30px; height: 10px; margin-right: 8px; vertical-align: 0; }
    .legend line { stroke: var(--soft); stroke-width: 2.4; stroke-linecap: round; }
    .legend line.dashed { stroke-dasharray: 5 5; stroke-width: 1.8; }
    .key { width: 13px; height: 13px; display: inline-block; vertical-align: -1px; margin-right: 7px; overflow: visible; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 14px; margin: 10px 0 0; padding: 0; list-style: none; }
    svg.plot { display: block; width: 100%; height: auto; max-width: 640px; overflow: visible; }
    .plot text { font-size: 13px; fill: var(--soft); font-family: inherit; }
    .plot text.name { fill: var(--c); font-weight: 620; }
    .plot .grid { stroke: var(--grid); stroke-width: 1; }
    .plot .axis { stroke: var(--soft); stroke-width: 1; }
    .plot .zero { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 2 3; }
    .plot .link { stroke: var(--rule); stroke-width: 3; }
    .plot path.train, .plot path.validation { fill: none; stroke: var(--c); stroke-width: 2.4; stroke-linejoin: round; stroke-linecap: round; }
    .plot path.train { stroke-dasharray: 5 5; stroke-width: 1.8; }
    .plot path.thin { stroke-width: 0.9; opacity: 0.38; }
    .plot .band { fill: var(--c); opacity: 0.16; }
    .mark { fill: var(--c); stroke: var(--card); stroke-width: 1; }
    .plot .whisker { stroke: var(--c); stroke-width: 1.6; opacity: 0.75; }
    .plot .interval { stroke: var(--c); stroke-width: 5; stroke-linecap: round; opacity: 0.5; }
    .plot .frame { fill: none; stroke: var(--rule); }
    .plot .hit { fill: var(--hit); } .plot .miss { fill: var(--miss); }
    .heat0 { opacity: 0.14; } .heat1 { opacity: 0.28; } .heat2 { opacity: 0.42; }
    .heat3 { opacity: 0.6; } .heat4 { opacity: 0.8; } .heat5 { opacity: 1; }
    .s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); }
    .s3 { --c: var(--c3); } .s4 { --c: var(--c4); } .s5 { --c: var(--c5); }
    table.confusion { font-size: 12.5px; margin: 10px 0 0; }
    table.confusion th, table.confusion td { padding: 0; border: 0; }
    table.confusion td { width: 36px; min-width: 24px; height: 30px; text-align: center; position: relative; border: 1px solid var(--card); }
    table.confusion thead th { height: 84px; text-align: left; position: relative; min-width: 24px; }
    table.confusion thead th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 84px; overflow: hidden; text-overflow: ellipsis; }
    table.confusion tbody th { text-align: right; padding-right: 8px; font-weight: 500; max-width: 110px; overflow: hidden; text-overflow: ellipsis; }
    table.confusion.few { font-size: 15px; }
    table.confusion.few td { width: 68px; height: 56px; }
    td.hit { background: color-mix(in srgb, var(--hit) var(--v), var(--card)); font-weight: 600; }
    td.miss { background: color-mix(in srgb, var(--miss) var(--v), var(--card)); }
    td.hit a, td.miss a { display: block; padding: 4px 0; color: inherit; text-decoration-thickness: 1px; }
    .plot .named { fill: transparent; }
    .sorts th button { all: unset; cursor: pointer; font: inherit; color: inherit; }
    .sorts th button:focus-visible { outline: 2px solid var(--c1); outline-offset: 2px; }
    .sorts th button::after { content: "\\2195"; display: inline-block; width: 1em; text-align: right; opacity: 0.45; }
    .sorts th[aria-sort] button::after { opacity: 1; }
    .sorts th[aria-sort=ascending] button::after { content: "\\2191"; }
    .sorts th[aria-sort=descending] button::after { content: "\\2193"; }
    input[type=search] { font: inherit; font-size: 15px; color: inherit; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 7px 12px; margin-top: 12px; width: min(100%, 300px); }
    img { image-rendering: pixelated; display: block; }
    img.photo { image-rendering: auto; }
    img.enlarges { cursor: zoom-in; }
    dialog.large { border: 0; border-radius: 12px; padding: 18px; background: var(--card); color: var(--ink); max-width: min(94vw, 720px); cursor: zoom-out; }
    dialog.large::backdrop { background: rgba(0, 0, 0, 0.72); }
    dialog.large img { width: min(82vw, 640px); height: min(72vh, 640px); object-fit: contain; background: #000; border-radius: 8px; cursor: zoom-out; }
    dialog.large p { margin: 12px 0 0; overflow-wrap: anywhere; }
    .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 22px 18px; margin: 18px 0 0; padding: 0; list-style: none; }
    .gallery li { min-width: 0; break-inside: avoid; }
    .gallery img { width: 112px; height: 112px; object-fit: contain; background: #000; border-radius: 6px; }
    .gallery .truth { font-weight: 620; margin: 7px 0 2px; overflow-wrap: anywhere; line-height: 1.3; }
    .gallery .said { font-size: 13.5px; line-height: 1.45; margin: 0; padding-left: 20px; text-indent: -20px; overflow-wrap: anywhere; }
    .missing { width: 112px; height: 112px; border: 1px dashed var(--rule); border-radius: 6px; color: var(--soft); font-size: 13px; display: grid; place-items: center; text-align: center; }
    details { margin: 14px 0 0; border-top: 1px solid var(--rule); padding-top: 10px; }
    details.slim { margin-top: 4px; padding-top: 4px; }
    summary { cursor: pointer; font-weight: 600; font-size: 15px; padding: 4px 0; }
    summary .soft { font-weight: 400; }
    .filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); gap: 10px 22px; margin: 12px 0 0; padding: 0; list-style: none; }
    .filters li { display: flex; align-items: center; gap: 8px; min-width: 0; font-size: 12.5px; color: var(--soft); break-inside: avoid; }
    .filters .index { width: 2.2em; text-align: right; flex: none; }
    .filters img { border-radius: 2px; }
    .filters .kernel { flex: none; box-shadow: 0 0 0 1px var(--rule); }
    .filters .scroll { min-width: 0; }
    .maps { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 10px 18px; align-items: center; margin: 12px 0 0; }
    .maps svg.plot { max-width: 440px; }
    .maps .plot .above { fill: var(--c0); } .maps .plot .below { fill: var(--c1); }
    .maps .layer { font-size: 13.5px; line-height: 1.35; max-width: 330px; overflow-wrap: anywhere; }
    .maps .layer .soft { display: block; }
    pre { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 16px; margin: 12px 0; font: 14px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
    ul.sentences { margin: 10px 0; padding-left: 20px; max-width: 74ch; }
    .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 12px 48px; }
    .two > div { min-width: 0; }
    footer { margin-top: 44px; padding-bottom: 44px; color: var(--soft); font-size: 14px; }
    footer p:first-child { border-top: 1px solid var(--rule); padding-top: 18px; }
    @media (max-width: 560px) {
      main, header, footer { padding-left: 16px; padding-right: 16px; }
      header { padding-top: 28px; }
      h1 { font-size: 27px; }
      .verdict { padding: 20px 16px 16px; }
      .verdict .word { font-size: 34px; }
      .verdict .reason { font-size: 17px; }
      th, td { padding: 7px 10px; }
      table.confusion td { width: 25px; height: 26px; }
      table.confusion { font-size: 11.5px; }
      table.confusion tbody th { max-width: 78px; }
      .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      .maps { grid-template-columns: minmax(0, 1fr); gap: 4px; }
      .maps .layer { margin-top: 8px; }
      .maps .layer .soft { display: inline; }
      dl.pairs.long { grid-template-columns: minmax(0, 1fr); gap: 0; }
      dl.pairs.long dd { margin-bottom: 10px; }
    }
    @media print {
      :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #ccc; --grid: #ddd;
        --c0: #b4501c; --c1: #1f62a8; --c2: #2f7a4c; --c3: #83489c; --c4: #8a6a00; --c5: #565b62; --hit: #6aa3dc; --miss: #e8875c; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      body { font-size: 11pt; }
      nav { display: none; }
      .verdict { border-color: #999; }
      section { break-inside: auto; }
      .figures { grid-template-columns: 1fr 1fr; gap: 20px 28px; }
      h2, h3, h4, summary, .legend { break-after: avoid; }
      tr, .card { break-inside: avoid; }
      .scroll { overflow: visible; background: none; }
      .sorts th button::after, input[type=search], dialog { display: none; }
      .maps img, .filters img, .gallery img { max-width: 100%; }
      details::details-content { content-visibility: visible; display: block; height: auto; }
    }
    """
