#include <algorithm>
#include <tuple>

#include "routing/router_state.h"

namespace trunkline::routing {
namespace {

std::size_t bytes_of(const Mailbox& mailbox) {
  std::size_t bytes = sizeof(Mailbox) + mailbox.owner.capacity() + mailbox.account.capacity() +
                      mailbox.devices.capacity() * sizeof(Device) + mailbox.deferred_bytes;
  for (const Device& device : mailbox.devices) {
    if (!device.session) continue;
    bytes += device.session->pump.untaken.capacity() * sizeof(Pump::Untaken);
  }
  for (const auto& [name, sender] : mailbox.senders) {
    bytes += sizeof(name) + sizeof(Sender) + sender->remembered.bytes();
  }
  return bytes + mailbox.allowances.size() * (sizeof(Allowance) + sizeof(wire::Bytes));
}

std::size_t bytes_of(const Port& port) {
  return sizeof(Port) + port.out.bytes() +
         port.sessions.size() * (sizeof(PortSession) + sizeof(wire::SessionId)) +
         port.unconfirmed.size() * sizeof(std::size_t);
}

void add(Router::Inspection& seen, const Mailbox& mailbox) {
  seen.state_bytes += bytes_of(mailbox);
  for (const Device& device : mailbox.devices) {
    if (!device.session) continue;
    const Pump& pump = device.session->pump;
    seen.pump_records_max = std::max(seen.pump_records_max, pump.untaken.size());
    seen.pump_bytes_max = std::max(seen.pump_bytes_max, pump.untaken_bytes);
    seen.registry.push_back(
        {mailbox.owner, device.name, device.session->sepoch, device.session->address});
  }
}

}  // namespace

Router::Live Router::live() const {
  const State& state = *state_;
  Live live;
  live.records_queued = state.home.queued();
  live.sends_waiting_for_writer = state.home.waiting_for_writer();
  live.sends_waiting_for_credit = state.credit.waiting();
  for (std::size_t i = 0; i < state.turn.ranks(); ++i) {
    const auto rank = static_cast<wire::RankId>(i);
    live.link_queued_bytes += state.links.queued_bytes(rank);
    live.link_batches_unconfirmed += state.links.unconfirmed(rank);
  }
  for (const auto& port : state.ports.all()) live.port_unconfirmed_bytes += port->unconfirmed_bytes;
  live.round_trips_us = state.round_trips.recent();
  return live;
}

Router::Inspection Router::inspect() const {
  const State& state = *state_;
  Inspection seen;
  seen.bytes_per_peer =
      Links::bytes_per_peer() + SendCredit::bytes_per_peer() + CopiesOut::bytes_per_peer();
  seen.queued = state.home.queued();
  seen.batches_unconfirmed_max = state.links.unconfirmed_max();
  seen.send_bytes_outstanding_max = state.credit.outstanding_max();
  seen.unconfirmed = seen.batches_unconfirmed_max > 0 || !state.links.owes_nothing();
  state.home.mailboxes().each([&seen](const Mailbox& mailbox) { add(seen, mailbox); });
  for (const auto& port : state.ports.all()) seen.state_bytes += bytes_of(*port);
  std::sort(seen.registry.begin(), seen.registry.end(),
            [](const Inspection::Registration& a, const Inspection::Registration& b) {
              return std::tie(a.user, a.device) < std::tie(b.user, b.device);
            });
  for (std::size_t target = 0; target < state.turn.ranks(); ++target) {
    const auto rank = static_cast<wire::RankId>(target);
    if (rank != state.turn.self()) {
      seen.copy_streams.push_back({rank, state.home.copies_out().position(rank)});
    }
  }
  return seen;
}

}  // namespace trunkline::routing
