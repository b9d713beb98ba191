// What has been seen since the page was opened, drawn by uPlot. Charts.add() takes one look;
// where uPlot is not there, nothing is drawn and Charts.missing is true.
'use strict';

const Charts = (() => {
  const LOOKS_KEPT = 600;
  const HEIGHT = 190;
  const missing = typeof uPlot === 'undefined';

  // A line: what it is called, and its value in one look; null: a gap.
  const kinds = [
    {
      title: 'Messages a second, all ranks',
      lines: [
        ['stored', (look) => look.rate('stored')],
        ['delivered', (look) => look.rate('delivered')],
        ['direct', (look) => look.rate('direct_delivered')],
        ['direct dropped', (look) => look.rate('direct_dropped')],
      ],
    },
    {
      title: 'What waits, all ranks: records or messages',
      lines: [
        ['at the writer', (look) => look.depth('store_queued')],
        ['not yet durable', (look) => look.depth('records_queued')],
        ['for the writer', (look) => look.depth('sends_waiting_for_writer')],
        ['for credit', (look) => look.depth('sends_waiting_for_credit')],
      ],
    },
    {
      title: 'Times, µs',
      lines: [
        ['rank to rank, p50 rtt', (look) => look.roundTrips.p50],
        ['most', (look) => look.roundTrips.max],
        ['edge to rank, rtt', (look) => look.edgeRtt],
        ['a commit, mean', (look) => look.commits.p50],
      ],
    },
    {
      title: 'What wakes the ranks, times a second, all ranks',
      lines: [
        ['edges', (look) => look.rate('woken_by_port')],
        ['other ranks', (look) => look.rate('woken_by_doorbell')],
        ['the store', (look) => look.rate('woken_by_store')],
        ['a timer', (look) => look.rate('woken_by_timer')],
        ['a fused edge', (look) => look.rate('woken_by_edge')],
      ],
    },
  ];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const clock = (at) => new Date(at * 1000).toLocaleTimeString('en-GB');
  function shown(value) {
    if (value == null) return '–';
    return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString('en');
  }

  function draw(kind, place) {
    const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 } };
    const series = kind.lines.map(([label], i) => ({
      label,
      stroke: colour(`--series-${i + 1}`),
      width: 2,
      dash: [[], [8, 4], [2, 4], [10, 4, 2, 4], [4, 4]][i], // not told apart by colour alone
      points: { show: false },
      value: (_, value) => shown(value),
    }));
    const options = {
      width: place.clientWidth,
      height: HEIGHT,
      series: [{ label: 'at', value: (_, at) => (at == null ? '–' : clock(at)) }, ...series],
      axes: [{ ...axis, space: 90, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300], values: (_, ticks) => ticks.map(clock) }, { ...axis, size: 62, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString('en')) }],
      scales: { y: { range: (_, least, most) => [0, Math.max(1, (most || 0) * 1.1)] } },
      cursor: { sync: { key: 'looks' } },
    };
    return new uPlot(options, kind.data, place);
  }

  // Under the chart stand the values at the cursor; where there is none, the latest.
  function update({ plot, data }) {
    plot.setData(data);
    if (plot.cursor.idx == null && data[0].length > 0) plot.setLegend({ idx: data[0].length - 1 });
  }

  function build() {
    const root = document.getElementById('charts');
    root.replaceChildren();
    for (const kind of kinds) {
      const place = document.createElement('div');
      place.className = 'chart';
      const title = document.createElement('h3');
      title.textContent = kind.title;
      place.append(title);
      root.append(place);
      kind.place = place;
      kind.plot = draw(kind, place);
    }
  }

  function fit() {
    for (const { plot, place } of kinds) {
      if (plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }
  }

  for (const kind of kinds) kind.data = [[], ...kind.lines.map(() => [])];
  if (!missing) {
    build();
    new ResizeObserver(fit).observe(document.getElementById('charts'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', build);
  }

  function add(look) {
    for (const kind of kinds) {
      kind.data[0].push(look.at);
      kind.lines.forEach(([, value], i) => kind.data[i + 1].push(value(look) ?? null));
      if (kind.data[0].length > LOOKS_KEPT) kind.data.forEach((column) => column.shift());
      if (!missing) update(kind);
    }
  }

  return { add, missing, shown };
})();
