#include "routing/ports.h"

#include <algorithm>
#include <utility>

namespace trunkline::routing {

using wire::Bytes;
using wire::BytesView;
using wire::PortId;

std::optional<Ports::Arrival> Ports::take(BytesView peer, BytesView bytes) {
  const auto batch = wire::decode_batch(bytes, wire::Way::port);
  const auto known = by_peer_.find(peer);
  Port* port = known == by_peer_.end() ? nullptr : known->second;
  if (!batch) {
    ++turn_.counters.bad_frames;
    if (port != nullptr) reset(*port);
    return std::nullopt;
  }
  const wire::BatchHeader& header = batch->header;
  if (port == nullptr) return greet(peer, *batch);
  const bool in_order = header.number == 0 || header.number == port->taken + 1 ||
                        turn_.planted(wire::Fault::no_link_sequence);
  if (header.incarnation != port->incarnation || !in_order || header.consumed > port->sent) {
    reset(*port);
    return std::nullopt;
  }
  port->heard_us = turn_.now.mono_us;
  confirm_up_to(*port, header.consumed);
  if (header.number == 0) return std::nullopt;
  port->taken = header.number;
  port->owed_bytes += bytes.size();
  ++turn_.counters.port_batches_in;
  turn_.counters.port_frames_in += header.frames;
  return Arrival{port, batch->frames};
}

std::optional<Ports::Arrival> Ports::greet(BytesView peer, const wire::BatchView& batch) {
  BytesView frames = batch.frames;
  wire::Result<wire::Hello> hello = wire::DecodeError::bad_kind;
  if (batch.header.number == 1 && !frames.empty()) {
    if (const auto frame = wire::next_frame(frames)) hello = wire::payload_of<wire::Hello>(*frame);
  }
  if (!hello || hello->incarnation != batch.header.incarnation) {
    // Batches of a port that is broken, or of an earlier job, end here.
    send_reset(peer, batch.header.incarnation);
    return std::nullopt;
  }
  for (const auto& port : ports_) {
    if (port->edge != hello->edge || port->thread != hello->thread) continue;
    bury(*port);  // Rule 9: the old port of this edge thread is dead first.
    break;
  }
  auto port = std::make_unique<Port>();
  port->id = ++last_id_;
  port->peer = peer;
  port->edge = hello->edge;
  port->url = hello->url;
  port->thread = hello->thread;
  port->incarnation = hello->incarnation;
  port->taken = 1;
  port->owed_bytes = batch.header.length;
  port->heard_us = turn_.now.mono_us;
  silence_at_us_ = std::min(silence_at_us_, port->heard_us + wire::kPortSilenceUs);
  ++turn_.counters.ports;
  ++turn_.counters.port_batches_in;
  turn_.counters.port_frames_in += batch.header.frames;
  add(*port, {},
      wire::HelloOk{turn_.config.epoch, port->incarnation, turn_.self(), port->id,
                    turn_.opened.storage});
  by_peer_.insert_or_assign(Bytes(peer), port.get());
  ports_.push_back(std::move(port));
  return Arrival{ports_.back().get(), frames};
}

void Ports::confirm_up_to(Port& port, std::uint64_t consumed) {
  for (; port.confirmed < consumed; ++port.confirmed) {
    port.unconfirmed_bytes -= port.unconfirmed.front();
    port.unconfirmed.pop_front();
  }
}

void Ports::reset(Port& port) {
  send_reset(port.peer, port.incarnation);
  bury(port);
}

void Ports::send_reset(BytesView peer, wire::Incarnation incarnation) {
  ++turn_.counters.resets;
  wire::BatchBuilder batch;
  batch.add({}, wire::Reset{incarnation});
  wire::BatchHeader header;  // number 0: it belongs to no incarnation's count
  header.epoch = turn_.config.epoch;
  header.incarnation = incarnation;
  turn_.effects->to_ports.push_back({Bytes(peer), batch.take(header)});
}

void Ports::unreachable(BytesView peer) {
  if (const auto known = by_peer_.find(peer); known != by_peer_.end()) bury(*known->second);
}

void Ports::bury(Port& port) {
  ++turn_.counters.ports_broken;
  --turn_.counters.ports;
  by_peer_.erase(port.peer);
  const auto at = std::find_if(ports_.begin(), ports_.end(),
                               [&port](const auto& each) { return each.get() == &port; });
  dead_.push_back(std::move(*at));
  ports_.erase(at);
}

Port* Ports::find(PortId id) const {
  // Few, and sorted: an edge thread each.
  const auto at =
      std::lower_bound(ports_.begin(), ports_.end(), id,
                       [](const auto& port, PortId wanted) { return port->id < wanted; });
  return at != ports_.end() && (*at)->id == id ? at->get() : nullptr;
}

wire::BatchHeader Ports::header(const Port& port, std::uint64_t number) const {
  wire::BatchHeader header;
  header.epoch = turn_.config.epoch;
  header.incarnation = port.incarnation;
  header.number = number;
  header.consumed = port.taken;
  return header;
}

void Ports::send(Port& port) {
  ++turn_.counters.port_batches_out;
  turn_.counters.port_frames_out += port.out.frames();
  Bytes batch = port.out.take(header(port, ++port.sent));
  port.unconfirmed.push_back(batch.size());
  port.unconfirmed_bytes += batch.size();
  port.owed_bytes = 0;
  turn_.effects->to_ports.push_back({port.peer, std::move(batch)});
}

void Ports::beat() {
  for (const auto& port : ports_) add(*port, {}, wire::Beat{});
}

void Ports::watch() {
  if (turn_.now.mono_us < silence_at_us_) return;
  silence_at_us_ = kNever;
  std::vector<Port*> silent;
  for (const auto& port : ports_) {
    const std::int64_t at = port->heard_us + wire::kPortSilenceUs;
    if (at <= turn_.now.mono_us) {
      silent.push_back(port.get());
    } else {
      silence_at_us_ = std::min(silence_at_us_, at);
    }
  }
  for (Port* port : silent) reset(*port);
}

void Ports::close() {
  std::vector<Port*> choked;
  for (const auto& port : ports_) {
    if (!port->out.empty()) {
      send(*port);
    } else if (port->owed_bytes >= wire::kPortConfirmOwedBytesMax) {
      ++turn_.counters.bare_confirms;
      port->owed_bytes = 0;
      turn_.effects->to_ports.push_back({port->peer, wire::BatchBuilder().take(header(*port, 0))});
    }
    if (port->unconfirmed_bytes >= wire::kPortUnconfirmedBytesMax) choked.push_back(port.get());
  }
  for (Port* port : choked) reset(*port);
}

void Ports::forgive(std::int64_t pause_us) {
  for (const auto& port : ports_) {
    port->heard_us = std::min(turn_.now.mono_us, port->heard_us + pause_us);
  }
}

bool Ports::settled() const {
  return std::all_of(ports_.begin(), ports_.end(),
                     [](const auto& port) { return port->out.empty(); });
}

}  // namespace trunkline::routing
