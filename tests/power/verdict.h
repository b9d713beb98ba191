// What must be found in the data of a cluster's ranks after a power cut: every message that was
// acknowledged before it, once, with its bytes, and its copy in the sender's mailbox or still to
// come; every mailbox without holes. Also the ledger that says what was acknowledged, and when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trunkline::power {

struct Acked {
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC, when the sender heard of it
  std::string from, to, id, body;
};

// Of a note: from, to, id, body with unit separators between.
std::string to_note(const Acked& acked);
Acked from_note(const std::string& note, std::uint64_t time_ns);

struct Verdict {
  std::size_t acked = 0;           // before the cut
  std::size_t found = 0;           // messages in all mailboxes
  std::vector<std::string> wrong;  // what should not be; empty: all is well
};

// Opens DATA/rank-0 … with the store and looks, in a child process: data that is broken may end
// who reads it. Acks later than `cut_ns` are not asked for.
Verdict judge_image(const std::string& data, std::size_t ranks, const std::vector<Acked>& acks,
                    std::uint64_t cut_ns);

}  // namespace trunkline::power
