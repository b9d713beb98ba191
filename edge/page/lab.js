// The live page: asks its edge once a second while it is to be seen, and shows what the ranks told.
'use strict';

const EVERY_MS = 1050; // the edge asks the ranks once a second at most
const { shown } = Charts;
const element = (id) => document.getElementById(id);

// ---- one look at the cluster

function spread(values) {
  const sorted = values.filter((value) => value != null).sort((a, b) => a - b);
  if (sorted.length === 0) return { min: null, p50: null, max: null };
  return { min: sorted[0], p50: sorted[Math.floor((sorted.length - 1) / 2)], max: sorted.at(-1) };
}

function lookAt(data) {
  const sum = (values) => (values.some((value) => value == null) || values.length === 0 ? null : values.reduce((a, b) => a + b, 0));
  const trips = data.ranks.map((from) => data.ranks.map((to) => (from.rank === to.rank ? null : from.round_trips_us[to.rank] ?? null)));
  return {
    data,
    at: Date.now() / 1000,
    rate: (name) => sum(data.ranks.map((rank) => rank.rates?.[name])),
    depth: (name) => sum(data.ranks.map((rank) => rank.depths[name])),
    trips,
    roundTrips: spread(trips.flat()),
    commits: spread(data.ranks.map((rank) => rank.commit_mean_us)),
    edgeRtt: data.edge_rtt_us,
  };
}

// ---- what is made of it

function node(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(...cells) {
  const made = node('tr');
  made.append(...cells);
  return made;
}

function showState({ data }) {
  const first = data.ranks[0];
  if (!first) return say(data.edge_rank === null ? `${data.edge} is attached to no rank` : 'no rank has answered');
  const hosts = new Set(data.ranks.map((rank) => rank.host));
  const some = data.ranks.length < data.ranks_total ? `, ${data.ranks.length} of them shown` : '';
  say(`${data.ranks_total} ranks${some} on ${hosts.size === 1 ? `host ${first.host}` : `${hosts.size} hosts`} · job ${first.epoch} · storage ${first.storage} · version ${first.version} · seen from ${data.edge}, attached to rank ${data.edge_rank}`);
}

function say(text) {
  element('state').textContent = text;
}

function showTiles(look) {
  const tiles = [
    ['sessions', look.depth('sessions')],
    ['stored messages/s', look.rate('stored')],
    ['direct messages/s', look.rate('direct_delivered')],
    ['rank to rank, p50 rtt µs', look.roundTrips.p50],
    ['a commit, mean µs', look.commits.p50],
    ['frames between ranks/s', look.rate('link_frames_out')],
  ];
  element('tiles').replaceChildren(...tiles.map(([name, value]) => {
    const tile = node('div');
    tile.append(node('dt', name), node('dd', shown(value)));
    return tile;
  }));
}

// Beyond so many ranks the map is of colours; the number stands in the title of each cell.
const RANKS_WITH_NUMBERS = 12;
const MAP_PIXELS = 450, NAME_PIXELS = 20;

function showMap(look) {
  const { ranks } = look.data;
  const { min, max } = look.roundTrips;
  const isMany = ranks.length > RANKS_WITH_NUMBERS;
  const cell = Math.max(7, Math.floor(MAP_PIXELS / ranks.length));
  const namedEvery = isMany ? Math.ceil(NAME_PIXELS / cell) : 1;
  const name = ({ rank }, i) => node('th', i % namedEvery ? '' : isMany ? `${rank}` : `rank ${rank}`);
  element('map').style.setProperty('--cell', `${cell}px`);
  element('map').style.setProperty('--ranks', ranks.length);
  const head = row(node('th', ''), ...ranks.map(name));
  const rows = ranks.map((from, i) => row(name(from, i), ...ranks.map((to, k) => {
    const value = look.trips[i][k];
    const made = node('td', i === k || isMany ? '' : shown(value), value == null ? 'none' : '');
    if (value != null) {
      const heat = max > min ? Math.log(value / min + 1e-9) / Math.log(max / min) : 0;
      made.style.setProperty('--heat', (0.15 + 0.85 * heat).toFixed(3));
      made.title = `rank ${from.rank} to rank ${to.rank} and back: ${shown(value)} µs`;
    }
    return made;
  })));
  element('map').className = isMany ? 'many' : '';
  element('map').replaceChildren(head, ...rows);
  element('map-scale').textContent = isMany && min != null ? `Light: ${shown(min)} µs, dark: ${shown(max)} µs, by the logarithm. ` : '';
}

function showHops(look) {
  const edge = { min: look.edgeRtt, p50: look.edgeRtt, max: look.edgeRtt };
  const hops = [
    [`${look.data.edge} – its rank, ZeroMQ, rtt`, edge, 1],
    ['rank – rank, MPI, rtt', look.roundTrips, 2],
    ['a commit to the disk, mean', look.commits, 3],
  ];
  const most = Math.max(1, ...hops.map(([, times]) => times.max ?? 0));
  const percent = (value) => `${(100 * value) / most}%`;
  element('hops').replaceChildren(...hops.map(([name, times, series]) => {
    const hop = node('div', undefined, 'hop');
    const track = node('span', undefined, 'track');
    const amount = node('span', `${shown(times.p50)} `, 'amount');
    if (times.p50 != null) {
      const bar = node('i');
      bar.style.width = percent(times.p50);
      bar.style.background = `var(--series-${series})`;
      const range = node('i', undefined, 'range');
      range.style.left = percent(times.min);
      range.style.width = percent(times.max - times.min);
      track.append(bar, range);
      if (times.max > times.min) amount.append(node('small', `${shown(times.min)} … ${shown(times.max)}`));
    }
    hop.append(node('span', name), track, amount);
    return hop;
  }));
}

// As in live_table.cpp.
const ROWS = [
  ['stored messages/s', (rank) => rank.rates?.stored],
  ['delivered messages/s', (rank) => rank.rates?.delivered],
  ['direct messages/s', (rank) => rank.rates?.direct_delivered],
  ['direct dropped/s', (rank) => rank.rates?.direct_dropped],
  ['frames to other ranks/s', (rank) => rank.rates?.link_frames_out],
  ['bytes to other ranks/s', (rank) => rank.rates?.link_bytes_out],
  ['commits/s', (rank) => rank.rates?.commits],
  ['a commit, mean µs', (rank) => rank.commit_mean_us],
  ['sleeps/s', (rank) => rank.rates?.sleeps],
  ['sessions', (rank) => rank.depths.sessions],
  ['records at the writer', (rank) => rank.depths.store_queued],
  ['records not yet durable', (rank) => rank.depths.records_queued],
  ['sends waiting for the writer', (rank) => rank.depths.sends_waiting_for_writer],
  ['sends waiting for credit', (rank) => rank.depths.sends_waiting_for_credit],
  ['bytes waiting for links', (rank) => rank.depths.link_queued_bytes],
  ['bytes edges have not confirmed', (rank) => rank.depths.port_unconfirmed_bytes],
];

function showRanks({ data }) {
  const head = row(node('th', ''), ...data.ranks.map((rank) => node('th', `rank ${rank.rank}`)));
  const rows = ROWS.map(([name, value]) => row(node('th', name), ...data.ranks.map((rank) => node('td', shown(value(rank))))));
  element('ranks').replaceChildren(head, ...rows);
}

// ---- again and again

async function lookOnce() {
  const answer = await fetch('lab/data.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error((await answer.text()).trim() || `status ${answer.status}`);
  const look = lookAt(await answer.json());
  for (const show of [showState, showTiles, showMap, showHops, showRanks, Charts.add]) show(look);
  document.body.dataset.looks = Number(document.body.dataset.looks ?? 0) + 1;
}

async function goOn() {
  if (!document.hidden) {
    try {
      await lookOnce();
    } catch (problem) {
      say(`no numbers: ${problem.message}`);
    }
  }
  setTimeout(goOn, EVERY_MS);
}

element('without-charts').hidden = !Charts.missing;
element('charts-by').hidden = Charts.missing;
goOn();
