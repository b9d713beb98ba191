#include "routing/links.h"

#include <algorithm>

#include "wire/check.h"

namespace trunkline::routing {

using wire::Fault;
using wire::RankId;

namespace {

// What the planted fault ring_elapsed calls long ago.
constexpr std::int64_t kElapsedUs = 100;

}  // namespace

Links::Links(Turn& turn) : turn_(turn), links_(turn.ranks()) {}

std::optional<wire::BytesView> Links::take(RankId peer, wire::BytesView bytes) {
  const auto batch = wire::decode_batch(bytes, wire::Way::link);
  TRUNKLINE_CHECK(batch.has_value(), "MPI delivers batches as they were sent");
  if (batch->header.epoch != turn_.config.epoch) {
    ++turn_.counters.misdirected;
    return std::nullopt;
  }
  Link& link = links_[peer];
  link.heard_us = turn_.now.mono_us;
  link.spin_us = batch->header.spin_us;
  if (watches() && peer == watched()) neighbour_heard_us_ = turn_.now.mono_us;
  confirm_up_to(link, peer, turn_.planted(Fault::confirm_all) ? link.sent : batch->header.consumed);
  if (batch->header.number == 0) {
    // A bare confirm goes before its sender sleeps: what it has not taken yet needs a ring now.
    if (link.ring_at_us != kNever) link.ring_at_us = turn_.now.mono_us;
    return std::nullopt;
  }
  TRUNKLINE_CHECK(batch->header.number == link.taken + 1, "MPI delivers in order, without a gap");
  link.taken = batch->header.number;
  ++turn_.counters.link_batches_in;
  turn_.counters.link_frames_in += batch->header.frames;
  activate(peer);
  return batch->frames;
}

void Links::confirm_up_to(Link& link, RankId peer, std::uint64_t consumed) {
  TRUNKLINE_CHECK(consumed <= link.sent, "a peer confirms what was sent, and nothing else");
  if (consumed <= link.confirmed) return;
  link.confirmed = consumed;
  // The oldest one is another now, with a time of its own.
  link.ring_wait_us = first_wait_us(peer);
  link.ring_at_us = next_ring_at(peer);
}

void Links::beat() {
  if (!watches()) return;
  if (!neighbour_known_) {
    neighbour_known_ = true;
    neighbour_heard_us_ = turn_.now.mono_us;
  }
  const auto watcher = static_cast<RankId>((turn_.self() + 1u) % turn_.ranks());
  room(watcher).add({}, wire::Beat{});
}

void Links::close() {
  // Rings and confirms change no other link, so the list stands still while it is walked.
  for (const RankId peer : active_) close(peer);
  std::erase_if(active_, [this](RankId peer) {
    links_[peer].active = !links_[peer].settled();
    return !links_[peer].active;
  });
}

void Links::close(RankId peer) {
  Link& link = links_[peer];
  while (link.waiting() && link.unconfirmed() < wire::kLinkBatchesUnconfirmedMax) send_batch(peer);
  if (link.owes() && link.owed_before) {
    ++turn_.counters.bare_confirms;
    send(peer, {}, 0);
  }
  link.owed_before = link.owes();
  if (turn_.now.mono_us >= link.ring_at_us) ring_again(peer);
}

void Links::send_batch(RankId peer) {
  Link& link = links_[peer];
  wire::BatchBuilder batch;
  if (!link.answers.empty()) batch = link.answers.take_front();
  const bool both_fit = batch.bytes() < wire::kLinkBatchBytesMax &&
                        batch.bytes() + link.others.front_bytes() <= wire::kLinkBatchBytesRoom;
  if (batch.empty()) {
    batch = link.others.take_front();
  } else if (!link.others.empty() && both_fit) {
    batch.add_all(link.others.take_front());
  }
  const bool first = link.unconfirmed() == 0;
  turn_.counters.link_frames_out += batch.frames();
  send(peer, std::move(batch), ++link.sent);
  ++turn_.counters.link_batches_out;
  ring_if_needed(peer, first);
  link.sent_us = turn_.now.mono_us;
}

void Links::send(RankId peer, wire::BatchBuilder batch, std::uint64_t number) {
  Link& link = links_[peer];
  wire::BatchHeader header;
  header.way = wire::Way::link;
  header.epoch = turn_.config.epoch;
  header.number = number;
  header.consumed = link.taken;
  header.spin_us = turn_.config.spin_us;
  link.told = link.taken;
  turn_.effects->to_links.push_back({peer, batch.take(header)});
}

void Links::ring_if_needed(RankId peer, bool first) {
  Link& link = links_[peer];
  const std::int64_t now = turn_.now.mono_us;
  if (turn_.planted(Fault::ring_elapsed)) {
    if (now - link.sent_us >= kElapsedUs) turn_.effects->rings.push_back(peer);
    return;
  }
  if (!first) return;
  link.ring_wait_us = first_wait_us(peer);
  link.ring_at_us = next_ring_at(peer);
  // A peer that said it spins, and was awake a moment ago, will see the batch by itself.
  const bool awake = link.spin_us > 0 && now - link.heard_us < link.spin_us / 2;
  if (awake) return;
  ++turn_.counters.rings;
  turn_.effects->rings.push_back(peer);
}

void Links::ring_again(RankId peer) {
  Link& link = links_[peer];
  ++turn_.counters.rerings;
  turn_.effects->rings.push_back(peer);
  link.ring_wait_us = std::min(2 * link.ring_wait_us, wire::kReringMaxUs);
  link.ring_at_us = next_ring_at(peer);
}

std::int64_t Links::next_ring_at(RankId peer) const {
  if (links_[peer].unconfirmed() == 0) return kNever;
  if (turn_.planted(Fault::no_rering) || turn_.planted(Fault::ring_elapsed)) return kNever;
  return turn_.now.mono_us + links_[peer].ring_wait_us;
}

std::int64_t Links::first_wait_us(RankId peer) const {
  const auto& same_host = turn_.config.same_host;
  const bool near = peer < same_host.size() && same_host[peer];
  return near ? wire::kReringSameHostUs : wire::kReringOtherHostUs;
}

std::int64_t Links::wake_at() const {
  if (turn_.planted(Fault::sleep_unconfirmed)) return kNever;
  std::int64_t at = kNever;
  for (const RankId peer : active_) at = std::min(at, links_[peer].ring_at_us);
  return at;
}

bool Links::owes_nothing() const {
  return std::none_of(active_.begin(), active_.end(),
                      [this](RankId peer) { return links_[peer].owes(); });
}

RankId Links::watched() const {
  return static_cast<RankId>((turn_.self() + turn_.ranks() - 1) % turn_.ranks());
}

std::int64_t Links::silence_at() const {
  return neighbour_known_ ? neighbour_heard_us_ + wire::kNeighbourSilenceUs : kNever;
}

std::optional<RankId> Links::silent_neighbour() const {
  if (turn_.now.mono_us < silence_at()) return std::nullopt;
  return watched();
}

std::size_t Links::unconfirmed_max() const {
  std::size_t most = 0;
  for (const Link& link : links_) most = std::max(most, link.unconfirmed());
  return most;
}

std::size_t Links::queued_bytes(RankId peer) const {
  return links_[peer].answers.bytes() + links_[peer].others.bytes();
}

}  // namespace trunkline::routing
