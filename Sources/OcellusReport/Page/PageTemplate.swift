// SPDX-License-Identifier: Apache-2.0

/// The page in Mustache: `{{name}}` is escaped, `{{{name}}}` is markup that this room made itself.
///
/// The text is XML as well as HTML: every element is closed, so that a parser can prove the page whole.
let pageTemplate = """
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">Ocellus comparison</p>
    <h1>{{title}}</h1>
    <p class="facts">{{facts}}</p>
    </header>
    <main>
    <section id="summary" class="verdict">
    <p class="kicker">Verdict</p>
    <p class="word">{{verdict}}</p>
    {{#warnings}}<p class="reason">{{.}}</p>{{/warnings}}
    <p class="reason">{{reason}}</p>
    {{#visibility}}<p class="note">{{visibility}}</p>{{/visibility}}
    {{#testNote}}<p class="note">{{imbalance}} {{testNote}}</p>{{/testNote}}
    {{>cards}}
    </section>
    <nav aria-label="Sections">{{#sections}}<a href="#{{anchor}}">{{words}}</a>{{/sections}}</nav>
    {{>training}}
    {{>results}}
    {{>classes}}
    {{>pictures}}
    {{>shiftAndSize}}
    {{>method}}
    </main>
    <footer>
    <p>The last tenths of a point say little on public test sets: on average over ten popular ones at least 3.3 % of the labels
    were found to be wrong (Northcutt et al. 2021, arXiv:2103.14749), and 3.3 % of CIFAR-10’s test images have a near-duplicate among the
    training images (Barz and Denzler 2020, arXiv:1902.00423).</p>
    <p>Written by Ocellus {{version}} from the record of the run, {{created}}. This page loads nothing and runs no script.</p>
    </footer>
    </body>
    </html>

    """

/// Parts of the pages, by the names under which their templates include them.
let pageParts: [String: String] = [
    "figure": """
    <figure><h3>{{heading}}</h3>
    {{{svg}}}
    <figcaption>{{caption}}</figcaption></figure>

    """,
    "filterSheet": """
    <details{{#isOpen}} open="open"{{/isOpen}}><summary>{{sheetName}} <span class="soft">{{sheetFacts}}</span></summary>
    <ul class="filters">{{#filters}}<li><span class="index">{{index}}</span>{{#kernel}}<img class="kernel" src="{{{source}}}" width="{{width}}" height="{{height}}" alt="{{alternative}}"/>{{/kernel}}
    {{#patches}}<div class="scroll"><img src="{{{source}}}" width="{{width}}" height="{{height}}" alt="{{alternative}}"/></div>{{/patches}}{{#lost}}<span>{{lost}}</span>{{/lost}}</li>
    {{/filters}}</ul></details>

    """,
    "mapSheet": """
    <details class="slim"{{#isOpen}} open="open"{{/isOpen}}><summary>{{sheetName}}</summary>
    <div class="maps">{{#strips}}<div class="layer">{{layerName}} <span class="soft">{{layerFacts}}</span></div><div class="scroll">{{#strip}}<img src="{{{source}}}" width="{{width}}" height="{{height}}" alt="{{alternative}}"/>{{/strip}}{{^strip}}<span class="soft">no picture</span>{{/strip}}</div>
    {{/strips}}</div></details>

    """,
    "cards": """
    <div class="cards">
    {{#cards}}<div class="card s{{series}}">
    <div class="name">{{{key}}}{{name}}</div>
    <p class="big">{{accuracy}}{{#spread}} <small>{{spread}}</small>{{/spread}}</p>
    <p class="note">{{accuracyOf}}</p>
    <dl class="pairs">{{#pairs}}<dt>{{term}}</dt><dd>{{value}}</dd>{{/pairs}}</dl>
    </div>
    {{/cards}}</div>

    """,
    "origin": """
    <div class="two">
    <div><h4>Data</h4>
    <dl class="pairs">{{#dataFacts}}<dt>{{term}}</dt><dd>{{value}}</dd>{{/dataFacts}}</dl></div>
    <div><h4>Machine and software</h4>
    <dl class="pairs">{{#environmentFacts}}<dt>{{term}}</dt><dd>{{value}}</dd>{{/environmentFacts}}</dl></div>
    </div>
    {{#hasNotes}}<h4>Said while the data were read</h4>
    <ul class="sentences">{{#dataNotes}}<li>{{.}}</li>{{/dataNotes}}</ul>{{/hasNotes}}

    """,
    "legend": """
    <ul class="legend">{{#cards}}<li>{{{key}}}{{name}}</li>{{/cards}}</ul>

    """,
    "training": """
    {{#hasCurves}}<section id="training">
    <h2>Training</h2>
    <ul class="legend">{{#cards}}<li>{{{key}}}{{name}}</li>{{/cards}}{{#strokes}}<li><svg class="stroke" viewBox="0 0 30 10" aria-hidden="true"><line class="{{stroke}}" x1="1" y1="5" x2="29" y2="5"/></svg>{{strokeName}}</li>{{/strokes}}</ul>
    <div class="figures">{{#curves}}{{>figure}}{{/curves}}</div>
    </section>{{/hasCurves}}

    """,
    "results": """
    <section id="results">
    <h2>Results</h2>
    <div class="scroll"><table>
    <thead><tr><th scope="col">network</th>{{#resultHeads}}<th scope="col">{{.}}</th>{{/resultHeads}}</tr></thead>
    <tbody>{{#resultRows}}<tr><th scope="row">{{{mark}}}{{label}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/resultRows}}</tbody>
    </table></div>
    <p class="note">Test accuracy is the mean over seeds ± the standard deviation between them. Multiply-adds are those of one image
    forward; memory is what the training plan holds; training time and images/s are medians over seeds, evaluation left out.{{#hasValidation}}
    The last column is the training time until the validation accuracy first reached {{firstName}}’s best of the same seed.{{/hasValidation}}</p>
    </section>
    <section id="match">
    <h2>Match</h2>
    <p>{{match}}.</p>
    <div class="scroll"><table>
    <thead><tr><th scope="col">network</th>{{#costHeads}}<th scope="col">{{.}}</th>{{/costHeads}}</tr></thead>
    <tbody>{{#costRows}}<tr><th scope="row">{{{mark}}}{{label}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/costRows}}</tbody>
    </table></div>
    <p class="note">{{costNote}}</p>
    </section>
    <section id="seeds">
    <h2>Seeds</h2>
    {{>legend}}
    <div class="figures">{{#seedFigures}}{{>figure}}{{/seedFigures}}</div>
    {{#hasPairs}}<div class="scroll"><table>
    <thead><tr><th scope="col">seed</th>{{#pairHeads}}<th scope="col">{{.}}</th>{{/pairHeads}}</tr></thead>
    <tbody>{{#pairRows}}<tr><th scope="row">{{label}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/pairRows}}</tbody>
    </table></div>
    <p class="note">Both networks of a seed classified the same test images. “Only” counts the images that one of them classified correctly and
    the other did not; McNemar’s test asks whether those two counts differ by more than chance. It is made for each seed and never pooled:
    the seeds share their test images.</p>{{/hasPairs}}
    </section>

    """,
    "classes": """
    {{#hasClasses}}<section id="classes">
    <h2>Classes</h2>
    {{>legend}}
    <div class="{{classLayout}}">{{#recall}}<figure><h3>{{heading}}</h3>
    {{{svg}}}
    <figcaption>{{caption}}</figcaption></figure>{{/recall}}
    <div class="scroll"><table>
    <thead><tr><th rowspan="2" scope="col">class</th><th rowspan="2" scope="col">images</th>{{#cards}}<th class="group" colspan="3" scope="colgroup">{{{key}}}{{name}}</th>{{/cards}}</tr>
    <tr>{{#cards}}<th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th>{{/cards}}</tr></thead>
    <tbody>{{#classRows}}<tr><th scope="row">{{label}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/classRows}}</tbody>
    </table></div></div>
    <p class="note">In percent{{seedNote}}. Precision: share of the images taken for the class that are of it. Recall: share of the images of the
    class that were recognised. F1: their harmonic mean.</p>
    </section>
    <section id="confusion">
    <h2>Confusions</h2>
    <p class="note">Rows are true classes, columns predictions; {{confusionMeasure}}{{seedNote}}. Blue is right, orange is wrong; orange is
    drawn stronger, so that rare confusions are seen.</p>
    <div class="figures">{{#confusions}}<figure><h3>{{{mark}}}{{label}}</h3>
    {{{drawing}}}{{#hasCells}}<div class="scroll"><table class="confusion">
    <thead><tr><th></th>{{#heads}}<th scope="col"><span>{{.}}</span></th>{{/heads}}</tr></thead>
    <tbody>{{#confusionRows}}<tr><th scope="row" title="{{truth}}">{{truth}}</th>{{#cells}}<td class="{{kind}}" style="--v:{{strength}}%" title="{{words}}">{{percent}}</td>{{/cells}}</tr>
    {{/confusionRows}}</tbody>
    </table></div>{{/hasCells}}
    <figcaption>{{worst}}</figcaption></figure>
    {{/confusions}}</div>
    </section>{{/hasClasses}}

    """,
    "gallery": """
    <ul class="gallery">{{#items}}<li>{{#image}}<img src="{{{source}}}" width="{{width}}" height="{{height}}" alt="{{alternative}}"/>{{/image}}{{^image}}<div class="missing">no picture</div>{{/image}}
    <p class="truth">{{truth}}</p>
    {{#said}}<p class="said">{{{mark}}}{{words}}</p>{{/said}}</li>
    {{/items}}</ul>

    """,
    "filterSheets": """
    {{#filterNetworks}}<h4>{{{mark}}}{{label}}</h4>
    {{#none}}<p class="soft">{{none}}</p>{{/none}}
    {{#sheets}}{{>filterSheet}}{{/sheets}}{{/filterNetworks}}

    """,
    "mapSheets": """
    {{#mapNetworks}}<h4>{{{mark}}}{{label}}</h4>
    {{#none}}<p class="soft">{{none}}</p>{{/none}}
    {{#sheets}}{{>mapSheet}}{{/sheets}}{{/mapNetworks}}

    """,
    "pictures": """
    {{#pictures}}{{#hasSamples}}<section id="samples">
    <h2>Test images</h2>
    <p class="note">{{sampleNote}}</p>
    {{#samples}}{{>gallery}}{{/samples}}
    </section>{{/hasSamples}}
    {{#hasWorst}}<section id="mistakes">
    <h2>Worst mistakes</h2>
    <p class="note">The test images with the largest loss of each network: the ones where it gave the true class the smallest probability.
    Some of them may be labelled wrongly; look before you blame the network.</p>
    {{#worst}}<h4>{{{mark}}}{{label}}</h4>
    {{>gallery}}{{/worst}}
    </section>{{/hasWorst}}
    {{#hasFilters}}<section id="filters">
    <h2>Filters</h2>
    <p class="note">Each filter is drawn from the darkest to the brightest of its own weights (behind the first layer, their mean over input
    channels). Beside it are the places of test images that excite it most, most exciting first, as large as the region that it sees.
    A filter that looks like noise may still be useful: only its effect on the result would tell.</p>
    {{>filterSheets}}
    </section>{{/hasFilters}}
    {{#hasMaps}}<section id="maps">
    <h2>Feature maps</h2>
    <p class="note">What one picture of each class becomes on its way through the network: n filters give n maps. Each map is scaled to its own range, so
    brightness does not compare between maps. A shifted picture gives shifted maps away from the borders; what the later layers make of that
    is measured under <a href="#shift">Shift</a>.</p>
    {{>mapSheets}}
    </section>{{/hasMaps}}{{/pictures}}

    """,
    "shiftAndSize": """
    {{#shift}}<section id="shift">
    <h2>Shift</h2>
    {{>legend}}
    <figure class="single"><h3>{{heading}}</h3>
    {{{svg}}}
    <figcaption>{{caption}}</figcaption></figure>
    </section>{{/shift}}
    {{#hasSizes}}<section id="size">
    <h2>Photo sizes</h2>
    <p class="note">What the same layers would hold and compute for larger images. A dense layer has one weight for every pixel and unit;
    a convolution’s weights do not grow with the image, only the dense layers behind it do.</p>
    <div class="beside">{{#sizeFigure}}{{>figure}}{{/sizeFigure}}
    <div class="scroll"><table>
    <thead><tr><th scope="col">image</th><th class="left" scope="col">network</th><th scope="col">parameters</th><th scope="col">bytes</th><th scope="col">multiply-adds</th></tr></thead>
    <tbody>{{#sizeRows}}<tr><th scope="row">{{size}}</th><td class="left">{{{mark}}}{{label}}</td>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/sizeRows}}</tbody>
    </table></div></div>
    </section>{{/hasSizes}}

    """,
    "method": """
    <section id="method">
    <h2>Method</h2>
    <h3>Recipe {{recipe}}</h3>
    <ul class="sentences">{{#recipeNotes}}<li>{{.}}</li>{{/recipeNotes}}</ul>
    <dl class="pairs long">{{#trainings}}<dt>{{{mark}}}{{label}}</dt><dd>{{training}}. {{tuning}}</dd>{{/trainings}}</dl>
    {{#architectures}}<details><summary>{{{mark}}}{{label}} <span class="soft">layer by layer</span></summary>
    <div class="scroll"><table>
    <thead><tr><th scope="col">layer</th><th class="left" scope="col"></th><th scope="col">output</th><th scope="col">parameters</th><th scope="col">multiply-adds</th><th scope="col">sees</th></tr></thead>
    <tbody>{{#layers}}<tr><th scope="row">{{layerIndex}}</th><td class="left">{{layerText}}</td>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/layers}}</tbody>
    </table></div></details>
    {{/architectures}}
    <h4>Checklist</h4>
    <dl class="pairs long">{{#checklist}}<dt>{{term}}</dt><dd>{{value}}</dd>{{/checklist}}</dl>
    </section>
    <section id="environment">
    <h2>Repeat it</h2>
    <pre><code>{{{command}}}</code></pre>
    {{>origin}}
    </section>

    """,
]
