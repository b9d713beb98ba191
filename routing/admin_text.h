// The JSON texts that administration verbs are answered with.
#pragma once

#include <string>
#include <vector>

#include "routing/links.h"
#include "routing/mailbox.h"
#include "routing/ports.h"

namespace trunkline::routing {

// One line of the answer to `queues`.
struct QueueDepths {
  std::size_t records_queued = 0, sends_waiting_for_writer = 0, sends_waiting_for_credit = 0;
  struct Link {
    wire::RankId rank;
    std::size_t queued_bytes, batches_unconfirmed, send_bytes_outstanding;
    wire::Lsn copied;
  };
  std::vector<Link> links;
  struct Port {
    wire::PortId port;
    std::string edge;
    std::uint32_t thread;
    std::size_t unconfirmed_bytes, sessions;
  };
  std::vector<Port> ports;
};

std::string queues_text(wire::RankId rank, const QueueDepths& depths);
// Sessions of the ports of this rank, by port and session number.
std::string sessions_text(wire::RankId rank,
                          const std::vector<std::unique_ptr<routing::Port>>& ports);
// The edges of these ports, thread by thread.
std::string edges_text(wire::RankId rank, const std::vector<std::unique_ptr<routing::Port>>& ports);
// Where a user lives (`home`: this rank) and is connected, by device.
std::string ping_text(wire::RankId home, const Mailbox& mailbox);
// One part of the answer to `user_list`: the parts, one after the other, are an array.
std::string accounts_text(const std::vector<wire::Bytes>& accounts, bool first, bool last);

}  // namespace trunkline::routing
